import { expect, test } from "vitest";
import { createProblemDetails } from "../../server/access/problem-details.ts";
import { readHubAnswer } from "../../server/forward/hub-answer.ts";

const HTML = "<html><body>It works!</body></html>";
const NOW = Date.UTC(2026, 0, 1);
const read = (status: number, body: string) => readHubAnswer(status, body, undefined, NOW);

test.each([
  [200, HTML],
  [200, '{"seq":-1}'],
  [301, ""],
  [400, HTML],
  [400, '{"detail":"The plain HTTP request was sent to HTTPS port"}'],
  [404, HTML],
  [409, "{}"],
  [422, HTML],
])("%i with %j, which is no answer of a hub, is about no event: nothing is left out", (status, body) => {
  expect(read(status, body)).toMatchObject({ kind: "refused", isContent: false });
});

test("of a hub that refuses what a request holds, the events are the reason", () => {
  const body = JSON.stringify(createProblemDetails(400, "events.0.at: is not valid"));
  expect(read(400, body)).toEqual({ kind: "refused", detail: "events.0.at: is not valid", isContent: true });
});

test("of a proxy that takes no request of this size, so that smaller ones follow", () => {
  expect(read(413, HTML)).toMatchObject({ kind: "refused", isContent: true });
});
