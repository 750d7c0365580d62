import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { systemClock } from "../../server/clock.ts";
import type { Target } from "../../server/contract/target.ts";
import { CostlyTargets } from "../../server/probe/costly-targets.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { makeAuthority } from "../support/certificates.ts";
import { makeTarget } from "./make-target.ts";
import { probeTargetWith } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";

const CHUNKED = "transfer-encoding: chunked\r\n\r\n";

/** Whether one probe of a server that answers so is wasteful. */
async function isWasteful(
  answer: (socket: Socket) => void,
  target: (port: number) => Target = (port) => makeTarget({ port }),
): Promise<boolean> {
  await using server = await startRawServer(answer);
  const completion = await probeTargetWith(createProbe({ clock: systemClock }), target(server.port), systemClock);
  if (completion.kind !== "result") throw new Error(completion.kind);
  return completion.isWasteful === true;
}

function respond(status: number, body: string | Buffer, headers = ""): (socket: Socket) => void {
  return (socket) => {
    socket.write(`HTTP/1.1 ${status} X\r\ncontent-length: ${body.length}\r\n${headers}\r\n`);
    socket.end(body);
  };
}

/** Sends each part in a packet of its own. */
function sendInPieces(parts: readonly string[], everyMs = 2): (socket: Socket) => void {
  return (socket) => {
    socket.setNoDelay(true);
    let sent = 0;
    const timer = setInterval(() => {
      const part = parts[sent];
      sent += 1;
      if (part === undefined) socket.end();
      else socket.write(part);
    }, everyMs);
    socket.once("close", () => clearInterval(timer));
  };
}

function times(count: number, part: string): string[] {
  return Array<string>(count).fill(part);
}

describe("a probe is wasteful", () => {
  test.each<[string, (socket: Socket) => void]>([
    ["with headers without end", (socket) => socket.write(`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(5_000)}`)],
    ["with a header without end", (socket) => socket.write(`HTTP/1.1 200 OK\r\na: ${"b".repeat(20_000)}`)],
    ["with interim responses without end", (socket) => socket.write("HTTP/1.1 103 X\r\n\r\n".repeat(100))],
    [
      "with chunk extensions without end",
      (socket) => socket.write(`HTTP/1.1 500 X\r\n${CHUNKED}1;${"a=b;".repeat(20_000)}`),
    ],
    [
      "with a failing body in tiny chunks",
      (socket) => socket.write(`HTTP/1.1 500 X\r\n${CHUNKED}${"1\r\nx\r\n".repeat(500)}`),
    ],
    [
      "with a passing body in tiny chunks",
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${CHUNKED}${"1\r\nx\r\n".repeat(500)}`),
    ],
    ["with a long failing body", respond(500, "x".repeat(BOUNDS.probeFailingBytes + 1))],
    ["that comes in many small pieces", sendInPieces(["HTTP/1.1 500 X\r\n\r\n", ...times(40, "x")])],
    ["whose header comes in many small pieces", sendInPieces(["HTTP/1.1 500 X\r\n", ...times(80, "a")])],
    [
      "with a body that expands too far",
      respond(500, gzipSync(Buffer.alloc(10_000_000)), "content-encoding: gzip\r\n"),
    ],
  ])("%s", async (_, answer) => {
    expect(await isWasteful(answer)).toBe(true);
  });

  test("with headers that come in pieces until the deadline", async () => {
    const target = (port: number): Target => makeTarget({ port, timeoutMs: 500 });
    expect(await isWasteful(sendInPieces(["HTTP/1.1 200 OK\r\na: ", ...times(40, "b")], 20), target)).toBe(true);
  });

  test("whose data for a TCP rule comes in many small pieces", async () => {
    const expected = { kind: "contains", text: "PONG" } as const;
    const target = (port: number): Target => ({
      ...makeTarget({ port }),
      probe: { type: "tcp", tls: null, send: "PING", expect: expected },
    });
    expect(await isWasteful(sendInPieces(times(80, "x")), target)).toBe(true);
  });
});

describe("a probe is not wasteful", () => {
  test.each<[string, (socket: Socket) => void]>([
    ["with a response", respond(200, "ok")],
    [
      "with a failing response that names checks",
      respond(500, "[-]etcd failed\n".repeat(60), "content-type: text/plain\r\n"),
    ],
    ["with a long passing body", respond(200, "x".repeat(1_000_000))],
    [
      "with a compressed failing body",
      respond(500, gzipSync(Buffer.alloc(10_000, "no")), "content-encoding: gzip\r\n"),
    ],
    [
      "whose response comes in some pieces, as of a slow server",
      sendInPieces(["HTTP/1.1 500 X\r\n\r\n", ...times(12, "x")]),
    ],
    ["without a response", (socket) => void socket.resetAndDestroy()],
  ])("%s", async (_, answer) => {
    expect(await isWasteful(answer)).toBe(false);
  });
});

test("a passing body without end is left unread", async () => {
  const leftUnread = async (answer: (socket: Socket) => void): Promise<unknown> => {
    await using server = await startRawServer(answer);
    const probe = createProbe({ clock: systemClock });
    const completion = await probeTargetWith(probe, makeTarget({ port: server.port }), systemClock);
    return completion.kind === "result" && [completion.result.outcome, completion.leftUnread];
  };
  const endless = `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1_000_000)}`;
  expect(await leftUnread((socket) => void socket.write(endless))).toEqual(["passed", true]);
  expect(await leftUnread(respond(200, "ok"))).toEqual(["passed", undefined]);
});

test("after a body that expands too far, those of its target are not decompressed", async () => {
  const bodies = [brotliCompressSync(Buffer.alloc(10_000_000)), brotliCompressSync("no"), brotliCompressSync("no")];
  await using server = await startRawServer((socket) =>
    respond(500, bodies.shift() ?? "", "content-encoding: br\r\n")(socket),
  );
  const probe = createProbe({ clock: systemClock });
  const bodyOf = async (key: string): Promise<string> => {
    const completion = await probeTargetWith(probe, makeTarget({ key, port: server.port }), systemClock);
    return completion.kind === "result" ? completion.result.body : completion.kind;
  };
  expect([await bodyOf("bomb"), await bodyOf("bomb"), await bodyOf("other")]).toEqual(["", "", "no"]);
});

describe("a TLS handshake with certificates of", () => {
  const probeTwice = async (names: number): Promise<unknown[]> => {
    const wide = Array.from({ length: names }, (_, n) => `name-${n}.${"x".repeat(40)}.example`);
    const { cert, key } = await (await makeAuthority()).issue({ names: ["127.0.0.1", ...wide] });
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.on("error", () => {}).end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    const target = makeTarget({ port: (server.address() as AddressInfo).port, probe: { scheme: "https" } });
    const costly = new CostlyTargets(systemClock);
    const probe = createProbe({ clock: systemClock, costly });
    const first = await probeTargetWith(probe, target, systemClock);
    costly.add(target.key);
    const second = await probeTargetWith(probe, target, systemClock);
    server.close();
    return [first, second].map((one) => one.kind === "result" && [one.isWasteful === true, one.result.fault]);
  };

  test("usual length is not wasteful", async () => {
    expect(await probeTwice(20)).toEqual([
      [false, null],
      [false, null],
    ]);
  });

  test("20 KiB is wasteful", async () => {
    expect(await probeTwice(320)).toEqual([
      [true, null],
      [true, null],
    ]);
  });

  test("more than 32 KiB is wasteful, and not read where the target is costly", async () => {
    expect(await probeTwice(700)).toEqual([
      [true, null],
      [false, "probe-cannot-speak"],
    ]);
  });
});
