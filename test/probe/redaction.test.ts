import { describe, expect, test } from "vitest";
import { evaluateResponse } from "../../server/probe/http-response.ts";
import { redactSecrets, secretForms } from "../../server/probe/redaction.ts";
import { makeTarget } from "./make-target.ts";
import { probeTarget } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";

const SECRET = 'pä"ss w/+rd';
const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

describe("a secret is redacted", () => {
  test.each([
    ["as it is", `token ${SECRET}.`, "token [redacted]."],
    ["in JSON", JSON.stringify({ token: SECRET }), '{"token":"[redacted]"}'],
    ["in a URL", `/?t=${encodeURIComponent(SECRET)}&x`, "/?t=[redacted]&x"],
    ["in a form", `t=${new URLSearchParams({ t: SECRET }).toString().slice(2)}&x`, "t=[redacted]&x"],
    ["in JSON of PHP", JSON.stringify(SECRET).replaceAll("/", "\\/"), '"[redacted]"'],
    ["in JSON of ASCII alone", JSON.stringify(SECRET).replaceAll("ä", "\\u00e4"), '"[redacted]"'],
    ["in HTML", `<p>${SECRET.replaceAll('"', "&quot;")}</p>`, "<p>[redacted]</p>"],
    [
      "in a URL that is part of another",
      `?next=${encodeURIComponent(`/?t=${encodeURIComponent(SECRET)}`)}`,
      "?next=%2F%3Ft%3D[redacted]",
    ],
    ["in a path", `/t/${encodeURIComponent(SECRET).replaceAll("%2F", "/")}`, "/t/[redacted]"],
    ["in a URL with small escapes", `t=${encodeURIComponent(SECRET).toLowerCase()}`, "t=[redacted]"],
  ])("%s", (_form, text, redacted) => {
    expect(redactSecrets(text, secretForms(SECRET))).toBe(redacted);
  });

  test.each([
    ["in JSON of Go", '"ä\\u0026b\\u003cc!d"'],
    ["in HTML", "ä&amp;b&lt;c!d"],
    ["in a URL of RFC 3986", "%C3%A4%26b%3Cc%21d"],
  ])("with marks, %s", (_form, text) => {
    expect(redactSecrets(text, secretForms("ä&b<c!d")).replaceAll('"', "")).toBe("[redacted]");
  });

  test.each(["", "a", "ab", "abc"])("in base64 and base64url, after %j and before anything", (before) => {
    const text = base64(`${before}${SECRET}:more`);
    for (const form of [text, text.replaceAll("+", "-").replaceAll("/", "_")]) {
      const shown = redactSecrets(form, secretForms(SECRET));
      expect(shown).toContain("[redacted]");
      expect(Buffer.from(shown.replace("[redacted]", ""), "base64").toString()).not.toContain("ss w");
    }
  });
});

test("redaction comes after the comparison with the expectation", () => {
  const { probe } = makeTarget({ probe: { expectBody: { kind: "contains", text: "all ok" } } });
  const response = { ...RESPONSE, body: "all ok" };
  expect(evaluateResponse(probe, response, secretForms("ok"))).toMatchObject({
    outcome: "passed",
    body: "all [redacted]",
  });
});

test("a secret at the end of what is shown is not cut in half", () => {
  const body = `${"x".repeat(4_090)}s3cret-token`;
  expect(evaluateResponse(makeTarget().probe, { ...RESPONSE, body }, secretForms("s3cret-token")).body).not.toContain(
    "s3cret",
  );
  const location = `${"x".repeat(190)}s3cret-token`;
  const moved = { ...RESPONSE, status: 302, location };
  expect(evaluateResponse(makeTarget().probe, moved, secretForms("s3cret-token")).detail).not.toContain("s3c");
});

const RESPONSE = {
  status: 200,
  statusText: "OK",
  contentType: "text/plain",
  contentEncoding: "",
  location: "",
  body: "",
  complete: true,
};

test("secrets in the query and headers of a rule are sent, and shown nowhere", async () => {
  let request = "";
  await using server = await startRawServer((socket, text) => {
    request = text;
    const location = "/login?api_key=q-value";
    const body = JSON.stringify({ youSent: ["q-value", "h-value"], open: "shown" });
    socket.write(`HTTP/1.1 302 q-value\r\nlocation: ${location}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  });
  const probe = { path: "/health?api_key=q-value&full=1", headers: { "X-Api-Key": "h-value", "X-Own": "shown" } };
  const result = await probeTarget(makeTarget({ port: server.port, probe }));
  expect(request).toMatch(/api_key=q-value&full=1 .*x-api-key: h-value/s);
  expect(result.url).toBe(`http://127.0.0.1:${server.port}/health?api_key=<redacted>&full=1`);
  expect(result.body).toContain("shown");
  expect(JSON.stringify(result)).not.toMatch(/[qh]-value/);
});
