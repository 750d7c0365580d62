import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { fetchProvider } from "../../../server/access/oidc-fetch.ts";
import { sendHttp } from "../../../server/alert/send/http-sender.ts";
import type { SendOutcome } from "../../../server/alert/send/outcome.ts";
import { BOUNDS } from "../../../server/bounds.ts";
import { systemClock } from "../../../server/clock.ts";
import { HubClient } from "../../../server/forward/hub-client.ts";
import { FakeClock } from "../../support/fake-clock.ts";

type Answer = (socket: Socket) => void;

/** A receiver that writes these bytes to each request, whatever HTTP says; its URL, and how often it was connected to. */
async function receiver(answer: Answer) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.on("error", () => {}));
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
  return { url, connections: () => connections };
}

function send(url: string, clock = systemClock): Promise<SendOutcome> {
  const message = { kind: "http", url, headers: { authorization: "Bearer s3cret" }, body: "{}" } as const;
  const { signal } = new AbortController();
  return sendHttp(message, { clock, timeoutMs: 10_000, userAgent: "haprobe/1", signal });
}

const writes =
  (text: string | Buffer): Answer =>
  (socket) =>
    socket.end(text);

/** Writes as fast as it is read, until the other side closes. */
const floods =
  (head: string, unit: string): Answer =>
  (socket) => {
    const bytes = Buffer.from(unit.repeat(Math.ceil(65_536 / unit.length)));
    const write = (): void => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.write(head);
    socket.on("drain", write);
    write();
  };

const retry = { kind: "retry", status: null };

describe("a receiver that answers with", () => {
  test.each<[string, Answer, object]>([
    ["interim responses without end", floods("", "HTTP/1.1 102 Processing\r\n\r\n"), retry],
    ["continuations without end", floods("", "HTTP/1.1 100 Continue\r\n\r\n"), retry],
    ["headers without end", floods("HTTP/1.1 500 x\r\n", "x-a: b\r\n"), retry],
    ["one giant header", floods("HTTP/1.1 500 x\r\nx-a: ", "b"), retry],
    [
      "a body of one byte per chunk without end",
      floods("HTTP/1.1 503 x\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
      { kind: "retry", status: 503 },
    ],
    [
      "an extension of a chunk without end",
      floods("HTTP/1.1 503 x\r\ntransfer-encoding: chunked\r\n\r\n1;", "a=b;"),
      retry,
    ],
    [
      "a body that is shorter than it says",
      writes("HTTP/1.1 503 x\r\ncontent-length: 1000\r\n\r\nshort"),
      { kind: "retry", status: 503, error: "HTTP 503: short" },
    ],
    ["a body that is longer than it says", writes("HTTP/1.1 503 x\r\ncontent-length: 5\r\n\r\nshort and more"), retry],
    ["two lengths", writes("HTTP/1.1 503 x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nshort"), retry],
    ["a negative length", writes("HTTP/1.1 503 x\r\ncontent-length: -1\r\n\r\n"), retry],
    ["a length beyond all", writes(`HTTP/1.1 503 x\r\ncontent-length: ${"9".repeat(40)}\r\n\r\n`), retry],
    [
      "another protocol",
      writes("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
      { ...retry, error: "HTTP 101" },
    ],
    ["no HTTP", writes("220 mail ESMTP\r\n"), retry],
    ["nothing", writes(""), retry],
    [
      "a Retry-After of centuries",
      writes(`HTTP/1.1 429 x\r\nretry-after: ${"9".repeat(30)}\r\ncontent-length: 0\r\n\r\n`),
      { kind: "retry", afterMs: null },
    ],
    [
      "a Retry-After before now",
      writes("HTTP/1.1 429 x\r\nretry-after: Thu, 01 Jan 1970 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n"),
      { kind: "retry", afterMs: 0 },
    ],
    [
      "a negative Retry-After",
      writes("HTTP/1.1 429 x\r\nretry-after: -5\r\ncontent-length: 0\r\n\r\n"),
      { kind: "retry", afterMs: 0 },
    ],
  ])("%s costs one attempt", async (_what, answer, outcome) => {
    const { url, connections } = await receiver(answer);
    const sent = await send(url);
    expect(sent).toMatchObject(outcome);
    expect(sent.kind === "sent" ? 0 : sent.error.length).toBeLessThan(BOUNDS.alertErrorChars + 20);
    expect(connections()).toBe(1);
  });

  test("a compressed bomb: it is not expanded", async () => {
    const bomb = gzipSync(Buffer.alloc(16_777_216));
    const head = `HTTP/1.1 500 x\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`;
    const { url } = await receiver(writes(Buffer.concat([Buffer.from(head), bomb])));
    const sent = await send(url);
    expect(sent).toMatchObject({ kind: "retry", status: 500 });
    expect(sent.kind === "retry" && sent.error).not.toContain("\0");
  });

  test("headers byte by byte is given up at the deadline", async () => {
    const clock = new FakeClock();
    const begun = Promise.withResolvers<void>();
    const { url } = await receiver((socket) => {
      socket.write("HTTP/1.1 200 O", () => begun.resolve());
    });
    const sending = send(url, clock);
    await begun.promise;
    await clock.advance(10_000);
    expect(await sending).toMatchObject({ kind: "retry", error: "no response within 10000 ms" });
    expect(clock.pending).toBe(0);
  });

  test.each([
    "http://169.254.169.254/latest/",
    "http://[fd00:ec2::254]/",
    "//169.254.169.254/",
    "/in?again",
    "file:///etc/passwd",
  ])("a redirect to %s: nothing is sent there, with or without the secret", async (location) => {
    const { url, connections } = await receiver(
      writes(`HTTP/1.1 308 x\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await send(url)).toMatchObject({
      kind: "retry",
      status: 308,
      error: "HTTP 308 (redirects are not followed)",
    });
    expect(connections()).toBe(1);
  });
});

describe("interim responses without end are given up by", () => {
  const flood = floods("", "HTTP/1.1 102 Processing\r\n\r\n");

  test("the sign-in at a provider", async () => {
    const { url } = await receiver(flood);
    await expect(fetchProvider(url, {}, null, 10_000)).rejects.toThrow("interim responses without end");
  });

  test("the client of a hub", async () => {
    const { url } = await receiver(flood);
    using folder = mkdtempDisposableSync(join(tmpdir(), "haprobe-hub-"));
    const tokenFile = join(folder.path, "token");
    writeFileSync(tokenFile, "t".repeat(40));
    const client = new HubClient({
      url: url.replace("/in", ""),
      settings: { tokenFile, caFile: null },
      clock: systemClock,
      userAgent: "haprobe/1",
    });
    await expect(client.send({} as never, new AbortController().signal)).rejects.toThrow(
      "interim responses without end",
    );
    client.close();
  });
});
