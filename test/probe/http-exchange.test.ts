import { once } from "node:events";
import type { Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { probeTarget } from "./probe-target.ts";
import { type RawServer, startRawServer } from "./raw-server.ts";
import { makeTarget, type TargetOverrides } from "./make-target.ts";

/** Probes a server that sends these bytes and then ends, keeps or resets the connection. */
async function probeRaw(
  bytes: string,
  then: "end" | "keep" | "reset",
  overrides: TargetOverrides = {},
): Promise<{ result: RawProbeResult; request: string }> {
  let request = "";
  await using server = await startRawServer((socket, text) => {
    request = text;
    socket.write(bytes, "latin1", () => {
      if (then === "end") socket.end();
      if (then === "reset") socket.resetAndDestroy();
    });
  });
  const result = await probeTarget(makeTarget({ port: server.port, ...overrides }));
  return { result, request };
}

const OK = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";
const PASSED = { outcome: "passed", kind: "answered", stage: "answer" };
const RESET = { outcome: "failed", kind: "reset", stage: "answer", fault: "probe-reset" };
const NO_HTTP = { outcome: "failed", kind: "protocol-error", stage: "answer", fault: "probe-protocol-error" };

test.each([
  ["a length", `${OK}content-length: 2\r\n\r\nok`, "keep", PASSED],
  ["chunks", `${OK}transfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n`, "keep", PASSED],
  ["the end of the connection", `${OK}\r\nok`, "end", PASSED],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nok", "end", PASSED],
] as const)("a body may end by %s", async (_way, bytes, then, result) => {
  expect((await probeRaw(bytes, then)).result).toMatchObject({ ...result, body: "ok" });
});

test.each([
  ["a FIN without a byte is a reset", "", "end", RESET],
  ["a FIN within the headers is a reset", "HTTP/1.1 200 OK\r\ncontent-", "end", RESET],
  ["a RST in place of an answer is a reset", "", "reset", RESET],
  ["another protocol is no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "keep", NO_HTTP],
  [
    "another protocol, switched to unasked, is no HTTP",
    "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "keep",
    NO_HTTP,
  ],
  ["interim answers without end are no HTTP", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(50), "keep", NO_HTTP],
] as const)("%s", async (_rule, bytes, then, result) => {
  expect((await probeRaw(bytes, then)).result).toMatchObject(result);
});

const WITH_BODY = { probe: { expectBody: { kind: "contains", text: "ok" } } } as const;

describe("a body that is cut off", () => {
  const cut = [
    ["before its length", `${OK}content-length: 5\r\n\r\no`],
    ["within its chunks", `${OK}transfer-encoding: chunked\r\n\r\n1\r\no\r\n`],
  ] as const;

  test.each(cut)("%s leaves the status, which counts where no body is expected", async (_where, bytes) => {
    expect((await probeRaw(bytes, "end")).result).toMatchObject({ ...PASSED, httpStatus: 200, body: "o", fault: null });
  });

  test.each(cut)("%s is a reset where a body is expected", async (_where, bytes) => {
    expect((await probeRaw(bytes, "end", WITH_BODY)).result).toMatchObject({ ...RESET, httpStatus: 200, body: "o" });
  });
});

describe("a response with a readable status line that Node's parser rejects", () => {
  const CANNOT_SPEAK = { outcome: "failed", kind: "protocol-error", stage: "answer", fault: "probe-cannot-speak" };
  const rows = [
    ["a control byte in the length", "HTTP/1.1 200 OK\r\ncontent-length: \x012\r\n\r\nok"],
    ["line ends of both kinds", "HTTP/1.1 200 OK\ncontent-length: 2\r\n\r\nok"],
    ["headers of 40 kB", `${OK}${`x: ${"y".repeat(1_000)}\r\n`.repeat(40)}content-length: 2\r\n\r\nok`],
    ["headers without end", `${OK}x: ${"y".repeat(100_000)}`],
    ["two lengths", `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`],
    ["a length beside chunks", `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ["broken chunks", `${OK}transfer-encoding: chunked\r\n\r\nzz\r\nok`],
  ] as const;

  test.each(rows)("%s: a good status is neither passed nor a failure of the server", async (_what, bytes) => {
    const { result } = await probeRaw(bytes, "keep");
    expect(result).toMatchObject({ ...CANNOT_SPEAK, httpStatus: 200 });
    expect(result.detail).not.toBe("");
  });

  test.each(rows)("%s: a bad status is a failure all the same", async (_what, bytes) => {
    const bad = bytes.replace("200 OK", "500 Oh");
    expect((await probeRaw(bad, "keep")).result).toMatchObject({ fault: "probe-answered-unhealthy", httpStatus: 500 });
  });
});

test("a server that speaks HTTP/2 only is none that our probe can judge", async () => {
  const settings = "\0\0\0\x04\0\0\0\0\0";
  expect((await probeRaw(settings, "keep", { probe: { version: "1.1" } })).result).toMatchObject({
    fault: "probe-cannot-speak",
    detail: "it speaks HTTP/2 only",
  });
});

test("a server that answers in ICY, which its own clients read, is none that our probe can judge", async () => {
  expect((await probeRaw("ICY 200 OK\r\nicy-name: radio\r\n\r\n", "keep")).result).toMatchObject({
    kind: "protocol-error",
    fault: "probe-cannot-speak",
    detail: "it answers in ICY (SHOUTcast), not HTTP",
  });
});

test("an interim answer is skipped", async () => {
  const { result } = await probeRaw(
    `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${OK}content-length: 2\r\n\r\nok`,
    "keep",
  );
  expect(result).toMatchObject({ ...PASSED, httpStatus: 200 });
});

test("a bad status is proved by its line, even where the body is cut off", async () => {
  const { result } = await probeRaw("HTTP/1.1 500 Oh\r\ncontent-length: 90\r\n\r\n[-]etcd", "end");
  expect(result).toMatchObject({
    kind: "answered",
    fault: "probe-answered-unhealthy",
    httpStatus: 500,
    detail: "500 Oh",
  });
});

describe("where no body is expected, a good status", () => {
  const ANSWER_TIMED = { phasesMs: { answer: expect.any(Number) } };

  test.each([
    ["with a length", `${OK}content-length: 90\r\n\r\no`],
    ["in chunks", `${OK}transfer-encoding: chunked\r\n\r\n1\r\no\r\n`],
    ["that ends with the connection", `${OK}\r\no`],
  ])("passes before the body %s ends, and the connection is closed", async (_how, bytes) => {
    await using server = await startRawServer((socket) => void socket.write(bytes));
    const target = makeTarget({ port: server.port, connection: "reuse", timeoutMs: 60_000 });
    expect(await probeTarget(target)).toMatchObject({ ...PASSED, ...ANSWER_TIMED, httpStatus: 200, body: "o" });
    await allClosed(server);
  });

  test.each<[string, string, TargetOverrides]>([
    ["on a guessed path is read to its end, because it may be a web page", OK, { guessed: true }],
    [
      "other than 2xx is read to its end, because its body names failing checks",
      "HTTP/1.1 503 Down\r\n",
      { probe: { expectStatus: [{ from: 503, to: 503 }] } },
    ],
  ])("%s", async (_rule, head, overrides) => {
    const { result } = await probeRaw(`${head}content-length: 90\r\n\r\no`, "keep", { timeoutMs: 100, ...overrides });
    expect(result).toMatchObject({ ...PASSED, phasesMs: { answer: null } });
  });
});

test("a good status with a body that never ends times out where a body is expected", async () => {
  const bytes = `${OK}content-length: 90\r\n\r\no`;
  const { result } = await probeRaw(bytes, "keep", { timeoutMs: 100, ...WITH_BODY });
  expect(result).toMatchObject({ kind: "timed-out", stage: "answer", httpStatus: 200, body: "o" });
  expect(result.detail).toBe("no complete response within 100 ms");
});

async function allClosed({ openSockets }: RawServer): Promise<void> {
  await Promise.all([...openSockets].map((socket) => once(socket, "close")));
}

/** Streams a body until the connection closes. */
function writeEndlessly(socket: Socket): void {
  socket.write(`${OK}\r\n`);
  const more = (): void => {
    while (!socket.destroyed && socket.write("x".repeat(8_192)));
  };
  socket.on("drain", more);
  more();
}

test("a body without end is judged by its first 64 KiB, and the connection closed", async () => {
  await using server = await startRawServer(writeEndlessly);
  const target = makeTarget({ port: server.port, probe: { expectBody: { kind: "contains", text: "xx" } } });
  const result = await probeTarget(target);
  expect(result).toMatchObject(PASSED);
  expect(result.body).toHaveLength(BOUNDS.probeBodyKeptBytes);
  const left = [...server.openSockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  await Promise.all(left);
  expect(server.openSockets.size).toBe(0);
});

test("the request is what the rule says, once, on a connection that is not kept", async () => {
  const overrides: TargetOverrides = {
    probe: { method: "OPTIONS", path: "/x?y=1", headers: { "X-Own": "1", Accept: "text/plain" } },
  };
  const { request } = await probeRaw(`${OK}content-length: 0\r\n\r\n`, "keep", overrides);
  expect(request.split("\r\n")).toEqual([
    "OPTIONS /x?y=1 HTTP/1.1",
    "host: kubernetes",
    "user-agent: haprobe",
    "accept: text/plain",
    "x-own: 1",
    "connection: close",
    "",
    "",
  ]);
});

test("a HEAD has no body to wait for", async () => {
  const { result } = await probeRaw(`${OK}content-length: 900\r\n\r\n`, "keep", { probe: { method: "HEAD" } });
  expect(result).toMatchObject({ ...PASSED, body: "" });
});

test("a 204 has no body to wait for", async () => {
  const { result } = await probeRaw("HTTP/1.1 204 No Content\r\n\r\n", "keep");
  expect(result).toMatchObject({ ...PASSED, httpStatus: 204, body: "" });
});

test("a body longer than its length is cut at its length", async () => {
  const { result } = await probeRaw(`${OK}content-length: 2\r\n\r\nok and more`, "keep");
  expect(result).toMatchObject({ ...PASSED, body: "ok" });
});

describe("a body that is compressed, which was not requested,", () => {
  const encoded = (coding: string, body: Buffer, status = "200 OK"): string =>
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-encoding: ${coding}\r\n` +
    `content-length: ${body.length}\r\n\r\n${body.toString("latin1")}`;

  test.each([
    ["gzip", gzipSync("ok")],
    ["x-gzip", gzipSync("ok")],
    ["deflate", deflateSync("ok")],
    ["br", brotliCompressSync("ok")],
    ["zstd", zstdCompressSync("ok")],
    ["Identity", Buffer.from("ok")],
  ])("by %s is decoded", async (coding, body) => {
    const { result, request } = await probeRaw(encoded(coding, body), "keep", WITH_BODY);
    expect(request).not.toMatch(/accept-encoding/i);
    expect(result).toMatchObject({ ...PASSED, httpStatus: 200, body: "ok", detail: "" });
  });

  test("names its failing checks", async () => {
    const body = gzipSync('{"status":"DOWN","checks":[{"name":"db","status":"DOWN"}]}');
    const { result } = await probeRaw(encoded("gzip", body, "503 No"), "keep");
    expect(result).toMatchObject({ fault: "probe-answered-unhealthy", failing: ["db"] });
  });

  test.each([
    ["in an unknown coding", encoded("lzma", Buffer.from("??"))],
    ["with broken data", encoded("gzip", Buffer.from("??"))],
    ["that becomes larger than the limit", encoded("gzip", gzipSync(Buffer.alloc(1_000_000)))],
  ])("%s counts by its status, and is not judged by its text", async (_what, bytes) => {
    expect((await probeRaw(bytes, "keep")).result).toMatchObject({ ...PASSED, httpStatus: 200, body: "", detail: "" });
    const { result } = await probeRaw(bytes, "keep", WITH_BODY);
    expect(result).toMatchObject({ outcome: "failed", fault: "probe-cannot-speak", httpStatus: 200 });
    expect(result.detail).toMatch(/^the body cannot be decoded \((lzma|gzip)\)$/);
  });
});
