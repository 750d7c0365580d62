import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { sendHttpGet } from "../../server/haproxy/http-get.ts";
import type { StatsResponse } from "../../server/haproxy/stats-source.ts";
import { FakeClock } from "../support/fake-clock.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});

/** What a stats page gives that answers with this text, of at most `maxBytes`. */
async function get(answer: string, maxBytes: number): Promise<StatsResponse> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => socket.write(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  opened.push({
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const { port } = server.address() as AddressInfo;
  const dial = () => ({ socket: connect(port, "127.0.0.1"), readyEvent: "connect" as const });
  const limits = { clock: new FakeClock(), timeoutMs: 1_000, maxBytes, signal: new AbortController().signal };
  return sendHttpGet({ dial, path: "/", headers: new Map([["host", "a"]]), peer: "lb-1" }, () => null, limits);
}

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const INTERIM = "HTTP/1.1 103 Early Hints\r\n\r\n";
const FINAL = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na";

test("what is no body is limited as well: extensions of chunks", async () => {
  const chunk = `1;${"a".repeat(8_000)}\r\na\r\n`;
  const answer = (chunks: number): string => `${CHUNKED}${chunk.repeat(chunks)}0\r\n\r\n`;
  expect((await get(answer(20), 100_000)).bytes).toHaveLength(20);
  await expect(get(answer(100), 100_000)).rejects.toMatchObject({ code: "HAPROBE_STATS_TOO_LARGE" });
});

test("a body in chunks of a few bytes is refused with the first read, before its chunks become objects", async () => {
  const push = vi.spyOn(IncomingMessage.prototype, "push");
  const beyond = get(CHUNKED + "1\r\na\r\n".repeat(10_000), 1_000_000_000);
  await expect(beyond).rejects.toMatchObject({ code: "HAPROBE_STATS_NOT_HAPROXY" });
  expect(push.mock.calls.length).toBeLessThan(BOUNDS.readSeparatorsMax);
  push.mockRestore();
});

test("interim responses are skipped up to a limit", async () => {
  const within = await get(INTERIM.repeat(BOUNDS.interimResponsesMax) + FINAL, 1_000_000);
  expect(within.bytes.toString()).toBe("a");
  const beyond = get(INTERIM.repeat(BOUNDS.interimResponsesMax + 1) + FINAL, 1_000_000);
  await expect(beyond).rejects.toMatchObject({ code: "HAPROBE_STATS_NOT_HAPROXY" });
});
