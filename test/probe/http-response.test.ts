import { describe, expect, test } from "vitest";
import type { BodyExpectation } from "../../server/contract/target.ts";
import { evaluateResponse, type HttpResponse } from "../../server/probe/http-response.ts";
import { makeTarget } from "./make-target.ts";

const OK: HttpResponse = {
  status: 200,
  statusText: "OK",
  contentType: "text/plain",
  contentEncoding: "",
  location: "",
  body: "ok",
  complete: true,
};
const PAGE = `<!DOCTYPE html><html><body>${"<p>sign in</p>".repeat(30)}</body></html>`;

describe("status", () => {
  test.each([
    ["a status of the set passes", { ...OK, status: 204 }, "passed", null],
    ["401 wants credentials, which is no fault", { ...OK, status: 401 }, "denied", "probe-denied"],
    ["403 likewise", { ...OK, status: 403 }, "denied", "probe-denied"],
    ["any 5xx is unhealthy", { ...OK, status: 503, body: "" }, "failed", "probe-answered-unhealthy"],
    ["a redirect is not followed", { ...OK, status: 302 }, "failed", "probe-unexpected-status"],
    ["404 is not what was expected", { ...OK, status: 404 }, "failed", "probe-unexpected-status"],
    [
      "a Kubernetes list with a failing line is unhealthy under any status but 200",
      { ...OK, status: 429, body: "[-]etcd failed: reason withheld\n" },
      "failed",
      "probe-answered-unhealthy",
    ],
    ["a list under a 200 passes as the server says", { ...OK, body: "[-]x failed\n" }, "passed", null],
  ])("%s", (_rule, answer, outcome, fault) => {
    expect(evaluateResponse(makeTarget().probe, answer)).toMatchObject({ outcome, fault });
  });

  test.each([401, 403, 500])("a rule that expects %i has its pass", (status) => {
    const probe = makeTarget({ probe: { expectStatus: [{ from: status, to: status }] } }).probe;
    expect(evaluateResponse(probe, { ...OK, status })).toMatchObject({ outcome: "passed", fault: null, detail: "" });
    expect(evaluateResponse(probe, OK).fault).toBe("probe-unexpected-status");
  });

  test("the words of a failure are one line, with where a redirect leads", () => {
    const moved = { ...OK, status: 302, statusText: "Fo\u001b[31mund", location: "https://elsewhere/\r\nx" };
    expect(evaluateResponse(makeTarget().probe, moved).detail).toBe("302 Fo [31mund, to https://elsewhere/ x");
  });
});

describe("body", () => {
  const fault = (expectBody: BodyExpectation, answer: Partial<HttpResponse>): string | null =>
    evaluateResponse(makeTarget({ probe: { expectBody } }).probe, { ...OK, ...answer }).fault;

  test("equals the text once both are trimmed, and is not merely somewhere in it", () => {
    expect(fault({ kind: "equals", text: "ok" }, { body: " ok\r\n" })).toBeNull();
    expect(fault({ kind: "equals", text: "ok\n" }, { body: "ok" })).toBeNull();
    expect(fault({ kind: "equals", text: "ok" }, { body: "[+]ping ok" })).toBe("probe-unexpected-body");
  });

  test("is not known to equal anything where only its beginning was read", () => {
    expect(fault({ kind: "equals", text: "ok" }, { complete: false })).toBe("probe-unexpected-body");
  });

  test("contains a text literally", () => {
    expect(fault({ kind: "contains", text: "a.c" }, { body: "xa.cx" })).toBeNull();
    expect(fault({ kind: "contains", text: "a.c" }, { body: "xabcx" })).toBe("probe-unexpected-body");
  });

  test("matches a regular expression anywhere unless it is anchored", () => {
    expect(fault({ kind: "matches", pattern: "^ok$" }, {})).toBeNull();
    expect(fault({ kind: "matches", pattern: "^ok$" }, { body: "not ok" })).toBe("probe-unexpected-body");
    expect(fault({ kind: "matches", pattern: "o." }, { body: "not ok" })).toBeNull();
  });

  test("an expression that would take for ever elsewhere ends on the longest body", () => {
    expect(fault({ kind: "matches", pattern: "^(([a-z])+.)+[A-Z]([a-z])+$" }, { body: "a".repeat(65_536) })).toBe(
      "probe-unexpected-body",
    );
  });

  test("an unexpected status takes precedence over an unexpected body", () => {
    expect(fault({ kind: "equals", text: "ok" }, { status: 500, body: "no" })).toBe("probe-answered-unhealthy");
  });

  test("is kept up to 4 KiB, and no character is cut in half", () => {
    const { body } = evaluateResponse(makeTarget().probe, { ...OK, body: `x${"é".repeat(4_000)}` });
    expect(Buffer.byteLength(body)).toBe(4_095);
    expect(body).not.toContain("\ufffd");
  });
});

test.each([
  ["a long page with its type", "text/html; charset=utf-8", PAGE, true],
  ["a long page that hides its type", "text/plain", `\n ${PAGE}`, true],
  [
    "HAProxy's own monitor page is short",
    "text/html",
    "<html><body><h1>200 OK</h1>\nService ready.\n</body></html>\n",
    false,
  ],
  ["long JSON", "application/json", JSON.stringify({ status: "UP", parts: "x".repeat(1_000) }), false],
])("a web page: %s", (_case, contentType, body, page) => {
  expect(evaluateResponse(makeTarget().probe, { ...OK, contentType, body }).htmlPage).toBe(page);
});
