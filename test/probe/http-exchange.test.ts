import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { probeTarget } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";
import type { TargetOverrides } from "./make-target.ts";
import { makeTarget } from "./make-target.ts";

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
  [
    "a body shorter than its length was cut off",
    `${OK}content-length: 5\r\n\r\nok`,
    "end",
    { ...RESET, httpStatus: 200 },
  ],
  [
    "chunks without their end were cut off",
    `${OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n`,
    "end",
    { ...RESET, body: "ok" },
  ],
  [
    "broken chunks are no HTTP",
    `${OK}transfer-encoding: chunked\r\n\r\nzz\r\nok`,
    "keep",
    { ...NO_HTTP, httpStatus: 200 },
  ],
  ["another protocol is no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "keep", NO_HTTP],
  ["two lengths are no HTTP", `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`, "keep", NO_HTTP],
  ["headers without end are no HTTP", `${OK}x: ${"y".repeat(100_000)}`, "keep", NO_HTTP],
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

test("a good status with a body that never ends runs into the deadline", async () => {
  const { result } = await probeRaw(`${OK}content-length: 90\r\n\r\nok`, "keep", { timeoutMs: 100 });
  expect(result).toMatchObject({ kind: "timed-out", stage: "answer", httpStatus: 200, body: "ok" });
  expect(result.detail).toBe("no complete response within 100 ms");
});

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

describe("a body that is compressed, which we never ask for", () => {
  const gzipped = gzipSync("ok").toString("latin1");
  const answer = `${OK}content-encoding: gzip\r\ncontent-length: ${gzipped.length}\r\n\r\n${gzipped}`;

  test("is judged by its status, and not shown", async () => {
    const { result, request } = await probeRaw(answer, "keep");
    expect(request).not.toMatch(/accept-encoding/i);
    expect(result).toMatchObject({ ...PASSED, httpStatus: 200, body: "", detail: "" });
  });

  test("is not what a rule expects of a body, and the result says why", async () => {
    const { result } = await probeRaw(answer, "keep", { probe: { expectBody: { kind: "equals", text: "ok" } } });
    expect(result).toMatchObject({
      fault: "probe-unexpected-body",
      detail: "the body is compressed (gzip), though the request does not accept that",
    });
  });

  test("under a bad status is unhealthy all the same", async () => {
    const { result } = await probeRaw(answer.replace("200 OK", "503 No"), "keep");
    expect(result).toMatchObject({ fault: "probe-answered-unhealthy", httpStatus: 503, body: "", failing: [] });
  });

  test("is a body like any other where the coding is none", async () => {
    const { result } = await probeRaw(`${OK}content-encoding: Identity\r\ncontent-length: 2\r\n\r\nok`, "keep");
    expect(result).toMatchObject({ ...PASSED, body: "ok" });
  });
});
