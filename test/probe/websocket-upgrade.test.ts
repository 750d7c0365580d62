import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeTarget } from "./make-target.ts";
import { probeTarget } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";

const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\n";

/** The accept that RFC 6455 derives from the key of this request. */
function acceptOf(request: string): string {
  const key = /^sec-websocket-key: (\S+)\r$/im.exec(request)?.[1] ?? "";
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** Probes with `expect: {status: 101}` a server that responds in this way to the request. */
async function probeWebSocket(respond: (request: string) => string) {
  const requests: string[] = [];
  await using server = await startRawServer((socket, request) => {
    requests.push(request);
    socket.write(respond(request));
  });
  const probe = { expectStatus: [{ from: 101, to: 101 }] };
  const target = makeTarget({ port: server.port, connection: "reuse", timeoutMs: 60_000, probe });
  return { result: await probeTarget(target), requests };
}

describe("a probe that expects 101", () => {
  test("passes where the server completes the handshake of WebSocket", async () => {
    const { result, requests } = await probeWebSocket(
      (request) => `${SWITCHING}upgrade: websocket\r\nsec-websocket-accept: ${acceptOf(request)}\r\n\r\n`,
    );
    expect(result).toMatchObject({ outcome: "passed", kind: "answered", httpStatus: 101 });
    const [request = ""] = requests;
    expect(request).toMatch(/^GET \/readyz HTTP\/1\.1\r\n/);
    expect(request.match(/^connection: .*$/gim)).toEqual(["connection: Upgrade"]);
    expect(request).toContain("upgrade: websocket\r\nsec-websocket-version: 13\r\n");
    expect(Buffer.from(/sec-websocket-key: (\S+)/.exec(request)?.[1] ?? "", "base64")).toHaveLength(16);
  });

  test.each([
    ["with the accept of another key", "upgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"],
    ["without an accept", "upgrade: websocket\r\n"],
    ["without naming a protocol", ""],
    ["to another protocol", "upgrade: h2c\r\n"],
  ])("fails where the server switches %s", async (_how, headers) => {
    const { result } = await probeWebSocket(() => `${SWITCHING}${headers}\r\n`);
    expect(result).toMatchObject({ outcome: "failed", kind: "protocol-error", fault: "probe-protocol-error" });
  });

  test("fails with the status of a server that does not switch", async () => {
    const { result } = await probeWebSocket(() => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    expect(result).toMatchObject({ fault: "probe-unexpected-status", httpStatus: 200 });
  });
});
