import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { Http2FrameLimits } from "../../server/probe/http2-frame-limits.ts";
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  HEADERS,
  PING,
  PUSH_PROMISE,
  SETTINGS,
  STATUS_103,
  STATUS_200,
  http2Frame,
} from "./http2-frames.ts";
import { makeTarget } from "./make-target.ts";
import { probeTarget } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";

const run = promisify(execFile);
const INTERIM = http2Frame(HEADERS, END_HEADERS, 1, STATUS_103);
const times = (count: number, frame: Buffer): Buffer => Buffer.concat(Array<Buffer>(count).fill(frame));

describe("what a server sends is limited before nghttp2 reads it:", () => {
  test.each([
    ["a header block", BOUNDS.probeHttp2Continuations, http2Frame(CONTINUATION, 0, 1), "an endless header block"],
    ["interim responses", BOUNDS.interimResponsesMax + 2, INTERIM, "endless interim responses"],
    ["frames", BOUNDS.probeHttp2Frames, http2Frame(PING, 0, 0, Buffer.alloc(8)), "too many frames"],
    ["bytes", BOUNDS.probeResponseBytes / 16_384 - 1, http2Frame(DATA, 0, 1, Buffer.alloc(16_384)), "too many bytes"],
  ])("%s", (_what, allowed, frame, exceeded) => {
    const limits = new Http2FrameLimits();
    expect(limits.check(times(allowed, frame))).toBeNull();
    expect(limits.check(frame)).toBe(exceeded);
  });

  test.each([
    ["a frame above 16 KiB", http2Frame(DATA, 0, 1, Buffer.alloc(16_385))],
    ["a server push, which is disabled", http2Frame(PUSH_PROMISE, END_HEADERS, 1)],
  ])("%s", (exceeded, frame) => {
    expect(new Http2FrameLimits().check(frame)).toBe(exceeded);
  });

  test("frames count the same in any chunks", () => {
    const bytes = Buffer.concat([http2Frame(SETTINGS, 0, 0, Buffer.alloc(12)), times(20, INTERIM)]);
    for (const size of [1, 5, 9, 14, bytes.length]) {
      const limits = new Http2FrameLimits();
      let exceeded: string | null = null;
      let at = 0;
      for (; at < bytes.length && exceeded === null; at += size) exceeded = limits.check(bytes.subarray(at, at + size));
      expect(exceeded).toBe("endless interim responses");
    }
  });
});

test.each([
  ["interim responses without end", times(BOUNDS.interimResponsesMax + 3, INTERIM), "endless interim responses"],
  ["pings without end", times(1_000, http2Frame(PING, 0, 0, Buffer.alloc(8))), "too many frames"],
])("a gRPC server that sends %s is no HTTP/2", async (_what, bytes, exceeded) => {
  await using server = await startRawServer((socket) => void socket.write(Buffer.concat([OPENING, bytes])));
  expect(await probeTarget(grpcTarget(server.port))).toMatchObject({
    kind: "protocol-error",
    stage: "answer",
    detail: `HTTP/2: ${exceeded}`,
  });
  await expect.poll(() => server.openSockets.size).toBe(0);
});

const OPENING = http2Frame(SETTINGS, 0, 0);

function grpcTarget(port: number) {
  return { ...makeTarget({ port }), probe: { type: "grpc", tls: null, authority: "x", service: "" } as const };
}

test("as many interim responses as over HTTP/1 are skipped", async () => {
  const response = http2Frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200);
  const bytes = Buffer.concat([OPENING, times(BOUNDS.interimResponsesMax, INTERIM), response]);
  await using server = await startRawServer((socket) => void socket.write(bytes));
  expect((await probeTarget(grpcTarget(server.port))).detail).toBe("the response has no grpc-status");
});

test("the process survives header blocks without end from 20 servers", async () => {
  const script = fileURLToPath(new URL("continuation-flood.ts", import.meta.url));
  const { stdout } = await run(process.execPath, [script, "15", "20"]);
  expect(JSON.parse(stdout)).toEqual(["probe-protocol-error"]);
});
