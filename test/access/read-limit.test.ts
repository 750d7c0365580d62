import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { endConnection, limitReads } from "../../server/access/read-limit.ts";
import { BOUNDS } from "../../server/bounds.ts";

/** Sends these bytes at once to a server with the limit; resolves with the requests that its parser made of them. */
async function requestsOf(bytes: string, onRequest: (request: IncomingMessage) => void = () => {}): Promise<string[]> {
  const targets: string[] = [];
  const server = createServer((request, response) => {
    targets.push(String(request.url));
    onRequest(request);
    response.end();
  });
  server.on("connection", limitReads).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => {});
  socket.end(bytes);
  await text(socket).catch(() => "");
  server.close();
  return targets;
}

const get = (target: string, more = ""): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const chunked = (chunks: string): string => get("/", "Transfer-Encoding: chunked\r\n") + chunks;

test.each([
  ["lines of chunks", chunked("1\r\nx\r\n".repeat(BOUNDS.readSeparatorsMax))],
  ["fields of a header", get("/", "a:\r\n".repeat(BOUNDS.readSeparatorsMax))],
  ["trailers", chunked(`0\r\n${"a:\r\n".repeat(BOUNDS.readSeparatorsMax)}`)],
  ["extensions of a chunk", chunked(`1${";a".repeat(BOUNDS.readSeparatorsMax + 1)}\r\nx\r\n`)],
  ["empty lines", "\r\n".repeat(BOUNDS.readSeparatorsMax) + get("/")],
  ["requests", get("/").repeat(BOUNDS.requestsPipelinedMax + 2)],
])("of a read with very many %s, the parser makes nothing", async (_what, bytes) => {
  expect(await requestsOf(bytes)).toEqual([]);
});

test("a read of as many requests as may wait, and a body of a thousand lines, are read", async () => {
  const targets = Array.from({ length: BOUNDS.requestsPipelinedMax + 1 }, (_, n) => `/${n}`);
  expect(await requestsOf(targets.map((target) => get(target)).join(""))).toEqual(targets);
  expect(await requestsOf(get("/", "Content-Length: 1000\r\n") + "\n".repeat(1_000))).toEqual(["/"]);
});

test("a connection that is ended has no further request, also of what was read already", async () => {
  const bytes = get("/1") + get("/2") + get("/3");
  expect(await requestsOf(bytes, (request) => endConnection(request.socket))).toEqual(["/1"]);
});
