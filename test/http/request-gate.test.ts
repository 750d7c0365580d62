import { IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { createRequestGate } from "../../server/http/request-gate.ts";
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
