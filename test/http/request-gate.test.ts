import { IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Request, Response } from "express";
import { expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { createRequestGate } from "../../server/http/request-gate.ts";
import { admitRequests } from "../../server/http/security-middleware.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A request of a connection of its own, and what was written for it. */
function makeRequest(url: string): { request: IncomingMessage; response: ServerResponse; written: () => string } {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { url, method: "GET", httpVersion: "1.1", headers: { host: "localhost" } });
  Object.defineProperty(request, "headersDistinct", { value: { host: ["localhost"] } });
  const response = new ServerResponse(request);
  const written = (): string => `${response.statusCode} ${String(response.getHeader("connection") ?? "")}`.trim();
  return { request, response, written };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("requests take turns with the event loop, and /livez is answered before those that came earlier", async () => {
  const clock = new FakeClock();
  const handled: string[] = [];
  // Each request takes a millisecond.
  let now = 0;
  clock.now = () => now;
  const app: RequestListener = (request) => {
    handled.push(String(request.url));
    now += 1;
  };
  const gate = createRequestGate(app, clock, "", () => {});
  for (let n = 0; n < 50; n += 1) {
    const { request, response } = makeRequest("/metrics");
    gate(request, response);
  }
  const livez = makeRequest("/livez");
  gate(livez.request, livez.response);
  expect(handled.at(-1)).toBe("/livez");
  expect(handled.length).toBeLessThanOrEqual(BOUNDS.sliceMs + 1);
  const before = handled.length;
  await nextTurn();
  expect(handled.length - before).toBe(BOUNDS.sliceMs);
  while (handled.length < 51) await nextTurn();
});

test("what follows once it is known who asks takes turns too", async () => {
  const clock = new FakeClock();
  let now = 0;
  clock.now = () => now;
  const access = createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [] });
  const admit = admitRequests(access, "read", clock, () => {});
  const handled: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    const { request, response } = makeRequest("/api/v1/status");
    void admit(request as Request, Object.assign(response, { locals: {} }) as unknown as Response, () => {
      handled.push(now);
      now += 1;
    });
  }
  await Promise.resolve();
  let most = 0;
  while (handled.length < 50) {
    const before = handled.length;
    await nextTurn();
    most = Math.max(most, handled.length - before);
  }
  expect(most).toBe(BOUNDS.sliceMs);
});

test("a request beyond the limit is refused on its connection, which stays: a client that came again on another one would fill the listener's queue", async () => {
  const gate = createRequestGate(
    () => {},
    new FakeClock(),
    "",
    () => {},
  );
  const requests = Array.from({ length: BOUNDS.requestsMax }, () => makeRequest("/metrics"));
  for (const { request, response } of requests) gate(request, response);
  await nextTurn();
  await nextTurn();
  expect(requests.at(-1)?.written()).toBe("503");
});
