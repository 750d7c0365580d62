import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { parseSimpleResponse } from "../../server/probe/simple-response.ts";
import { expectSameOutcome } from "./both-parsers.ts";

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

describe("a typical health response is parsed at once", () => {
  const apiServer =
    "HTTP/1.1 200 OK\r\nAudit-Id: 5d1b\r\nContent-Type: text/plain; charset=utf-8\r\n" +
    "X-Content-Type-Options: nosniff\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\nContent-Length: 2\r\n\r\nok";

  test("with its status, type and body", () => {
    expect(parseSimpleResponse(bytesOf(apiServer), "GET")).toEqual({
      response: {
        status: 200,
        statusText: "OK",
        contentType: "text/plain; charset=utf-8",
        contentEncoding: "",
        location: "",
        body: "ok",
        complete: true,
      },
      headLength: apiServer.length - "ok".length,
      closesConnection: false,
    });
  });

  test.each([
    ["that says so", apiServer.replace("Date:", "Connection: close\r\nDate:")],
    ["with more behind it", `${apiServer}HTTP/1.1`],
  ])("and closes its connection: one %s", (_which, text) => {
    expect(parseSimpleResponse(bytesOf(text), "GET")).toMatchObject({
      closesConnection: true,
      response: { body: "ok" },
    });
  });

  test("a HEAD has a length and no body; a 204 and a 304 have neither", () => {
    expect(parseSimpleResponse(bytesOf(apiServer.slice(0, -2)), "HEAD")).toMatchObject({ response: { body: "" } });
    for (const status of ["204 No Content", "304 Not Modified"]) {
      expect(parseSimpleResponse(bytesOf(`HTTP/1.1 ${status}\r\n\r\n`), "GET")).toMatchObject({
        response: { body: "" },
      });
    }
  });
});

describe("other responses are left to Node's parser:", () => {
  const ok = "HTTP/1.1 200 OK\r\n";
  test.each([
    ["an answer that is not all there", `${ok}content-length: 3\r\n\r\nok`],
    ["headers that are not all there", `${ok}content-length: 2\r\n`],
    ["a body without length", `${ok}\r\nok`],
    ["chunks", `${ok}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ["chunks beside a length", `${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok`],
    ["two lengths", `${ok}content-length: 2\r\nContent-Length: 2\r\n\r\nok`],
    ["a length in words", `${ok}content-length: +2\r\n\r\nok`],
    ["a body of more than is read", `${ok}content-length: ${BOUNDS.probeBodyReadBytes + 1}\r\n\r\n`],
    ["an interim answer", `HTTP/1.1 103 Early Hints\r\n\r\n${ok}content-length: 0\r\n\r\n`],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"],
    ["a 304 with a length", "HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n"],
    ["an offer of another protocol", `${ok}connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 2\r\n\r\nok`],
    ["a header over two lines", `${ok}x: a\r\n b\r\ncontent-length: 2\r\n\r\nok`],
    ["a blank before the colon", `${ok}content-length : 2\r\n\r\nok`],
    ["a bare line feed", "HTTP/1.1 200 OK\ncontent-length: 2\r\n\r\nok"],
    ["a zero byte", `${ok}x: \0\r\ncontent-length: 2\r\n\r\nok`],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
  ])("%s", (_what, text) => {
    expect(parseSimpleResponse(bytesOf(text), "GET")).toBeNull();
  });
});

test("both parsers agree on any response, valid or malformed", async () => {
  const header = fc.constantFrom(
    "content-length: 2",
    "Content-Length: 0",
    "content-length: 5",
    "content-length: 2, 2",
    "content-length:2 ",
    "connection: close",
    "Connection: Keep-Alive",
    "connection: close, x",
    "keep-alive: timeout=5",
    "transfer-encoding: chunked",
    "content-type: text/plain",
    "content-type:",
    "content-length:",
    "content-type: \xa0text/plain\xa0",
    "location:\t\t/a b ",
    "content-encoding: gzip",
    "content-encoding: Identity ",
    "location: /login\t",
    "x-\xe9: y",
    "x: caf\xe9",
    "x:  y z ",
    ": y",
    "x",
    "x: \x01",
  );
  const answer = fc.record({
    line: fc.constantFrom("HTTP/1.1 200 OK", "HTTP/1.1 500 No", "HTTP/1.1 204 N", "HTTP/1.1 301 ", "HTTP/1.0 200 OK"),
    headers: fc.array(header, { maxLength: 4 }),
    body: fc.constantFrom("", "o", "ok", "okay", "\xff\xfe", "2\r\nok\r\n0\r\n\r\n"),
    damage: fc.option(fc.record({ at: fc.nat(60), by: fc.constantFrom("", " ", "\r", "\n", "\0", "\r\n", ":") })),
    cut: fc.option(fc.nat(80), { freq: 4 }),
  });
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(
      answer,
      fc.constantFrom("GET", "HEAD"),
      fc.boolean(),
      async ({ line, headers, body, damage, cut }, method, keepAlive) => {
        let text = [line, ...headers, "", body].join("\r\n");
        if (damage !== null) text = text.slice(0, damage.at) + damage.by + text.slice(damage.at + 1);
        const bytes = bytesOf(cut === null ? text : text.slice(0, cut));
        // Other responses are read by Node's parser either way.
        fc.pre(parseSimpleResponse(bytes, method) !== null);
        plain += 1;
        await expectSameOutcome(bytes, method, keepAlive);
      },
    ),
    { numRuns: 1_500, maxSkipsPerRun: 1_000 },
  );
  expect(plain).toBeGreaterThanOrEqual(1_500);
});
