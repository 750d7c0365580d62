import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { sendHttp } from "../../../server/alert/send/http-sender.ts";
import type { SendOutcome } from "../../../server/alert/send/outcome.ts";
import { BOUNDS } from "../../../server/bounds.ts";
import { systemClock } from "../../../server/clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A receiver; its URL. */
async function receiver(handler: Handler): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
}

function send(url: string, over: Partial<Parameters<typeof sendHttp>[1]> = {}): Promise<SendOutcome> {
  const message = { kind: "http", url, headers: { "content-type": "application/json" }, body: '{"é":1}' } as const;
  const { signal } = new AbortController();
  return sendHttp(message, { clock: systemClock, timeoutMs: 10_000, userAgent: "haprobe/1", signal, ...over });
}

async function answer(status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Promise<SendOutcome> {
  const url = await receiver((_request, response) => response.writeHead(status, headers).end(body));
  return send(url);
}

test("a request is one POST with its body", async () => {
  let seen: unknown;
  const url = await receiver((request, response) => {
    void request.toArray().then((chunks) => {
      const { method, headers, url: path } = request;
      seen = [
        method,
        path,
        headers["user-agent"],
        headers["content-type"],
        Buffer.concat(chunks as Buffer[]).toString(),
      ];
      response.writeHead(204).end();
    });
  });
  expect(await send(url)).toEqual({ kind: "sent", status: 204 });
  expect(seen).toEqual(["POST", "/in", "haprobe/1", "application/json", '{"é":1}']);
});

describe("a response means", () => {
  test.each([
    [202, "sent"],
    [301, "retry"],
    [400, "rejected"],
    [401, "retry"],
    [404, "retry"],
    [410, "gone"],
    [413, "rejected"],
    [429, "retry"],
    [500, "retry"],
    [503, "retry"],
  ])("%d: %s", async (status, kind) => {
    expect(await answer(status)).toMatchObject({ kind, status });
  });

  test("a redirect is not followed", async () => {
    let wasFollowed = false;
    const target = await receiver((_request, response) => {
      wasFollowed = true;
      response.end();
    });
    expect(await answer(307, { location: target })).toMatchObject({
      kind: "retry",
      error: "HTTP 307 (redirects are not followed)",
    });
    expect(wasFollowed).toBe(false);
  });

  test("Retry-After says when, in seconds or as a date", async () => {
    expect(await answer(429, { "retry-after": "120" })).toMatchObject({ afterMs: 120_000 });
    const date = new Date(Date.now() + 90_000).toUTCString();
    const dated = await answer(503, { "retry-after": date });
    expect(dated.kind === "retry" && Math.abs((dated.afterMs ?? 0) - 90_000) < 2_000).toBe(true);
    expect(await answer(429, { "retry-after": "soon" })).toMatchObject({ afterMs: null });
  });

  test("what it says of the error is one plain line", async () => {
    expect(await answer(400, {}, "bad\u001b[31m field\n<b>")).toMatchObject({ error: "HTTP 400: bad field <b>" });
  });
});

describe("what a receiver may cost is bounded", () => {
  test("in time: a response that does not come", async () => {
    const clock = new FakeClock();
    const arrived = Promise.withResolvers<void>();
    const url = await receiver(() => arrived.resolve());
    const sending = send(url, { clock, timeoutMs: 5_000 });
    await arrived.promise;
    await clock.advance(5_000);
    expect(await sending).toMatchObject({ kind: "retry", error: "no response within 5000 ms" });
    expect(clock.pending).toBe(0);
  });

  test("in time: a body that does not end changes nothing of what its status says", async () => {
    for (const [status, kind] of [
      [200, "sent"],
      [410, "gone"],
      [503, "retry"],
    ] as const) {
      const url = await receiver((_request, response) => {
        response.writeHead(status, { "retry-after": "60" });
        response.write("so far");
      });
      const clock = new FakeClock();
      const headersRead = Promise.withResolvers<void>();
      // The headers are read with the time, for a date in Retry-After.
      vi.spyOn(clock, "wall").mockImplementation(() => {
        headersRead.resolve();
        return 0;
      });
      const sending = send(url, { clock, timeoutMs: 5_000 });
      await headersRead.promise;
      await clock.advance(5_000);
      expect(await sending).toMatchObject({ kind, status, ...(kind === "retry" ? { afterMs: 60_000 } : {}) });
    }
  });

  test("in bytes: a response that does not end", async () => {
    const url = await receiver((_request, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "x")));
        response.once("drain", write);
      };
      response.writeHead(500);
      write();
    });
    const outcome = await send(url);
    expect(outcome).toMatchObject({ kind: "retry", status: 500 });
    expect(outcome.kind === "retry" && outcome.error.length).toBeLessThanOrEqual(BOUNDS.alertErrorChars + 20);
  });

  test("by a stop of haprobe", async () => {
    const stopping = new AbortController();
    const arrived = Promise.withResolvers<void>();
    const url = await receiver(() => arrived.resolve());
    const sending = send(url, { signal: stopping.signal });
    await arrived.promise;
    stopping.abort();
    expect(await sending).toMatchObject({ kind: "retry", error: "haprobe stops" });
  });
});

test("a receiver that is not there, or no URL, is a failure like any other", async () => {
  expect(await send("http://127.0.0.1:1/")).toMatchObject({ kind: "retry", status: null });
  expect(await send("file:///etc/passwd")).toMatchObject({ error: "the URL of the channel is no http or https URL" });
});
