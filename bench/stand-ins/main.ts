import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { wallMs } from "../wall-clock.ts";
import type { Endpoint, StandInResponse, StandInRequest } from "./protocol.ts";

// Thousands of servers in one process. They write their answers without node:http, which would take more CPU than the
// measured program. The process exits with the bench.
const HEALTHY = renderResponse("200 OK", "ok");
const BROKEN = renderResponse(
  "500 Internal Server Error",
  "[+]ping ok\n[-]etcd failed: reason withheld\nhealthz check failed\n",
);
const END_OF_REQUEST = "\r\n\r\n";

const broken = new Set<number>();
/** When each had its last request, by its index. */
const askedAt: number[] = [];
let longestIntervalMs = 0;

process.on("message", (request: StandInRequest) => void handleRequest(request));
process.on("disconnect", () => process.exit(0));

async function handleRequest(request: StandInRequest): Promise<void> {
  let endpoints: readonly Endpoint[] = [];
  if (request.kind === "listen") endpoints = await listen(request);
  else if (request.kind === "set") broken[request.healthy ? "delete" : "add"](request.index);
  process.send?.({ at: wallMs(), endpoints, longestIntervalMs } satisfies StandInResponse);
  if (request.kind === "intervals") longestIntervalMs = 0;
}

async function listen({ first, count, tls }: Extract<StandInRequest, { kind: "listen" }>): Promise<Endpoint[]> {
  const endpoints: Endpoint[] = [];
  let port = 0;
  for (let index = first; index < first + count; index += 1) {
    const serve = (socket: Socket): void => serveConnection(socket, index);
    const secure = tls === null ? null : createTlsServer(tls, serve).on("tlsClientError", () => {});
    const server = createServer({ noDelay: true }, (socket) => {
      if (secure === null) return serve(socket);
      socket.on("error", () => {});
      secure.emit("connection", socket);
    });
    // Each has its own address, all the same port, like real servers.
    const host = `127.10.${index >> 8}.${index & 0xff}`;
    server.listen({ host, port, backlog: 64 });
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
    endpoints.push({ host, port });
  }
  return endpoints;
}

/** Answers requests without body, one after the other; each arrives in one chunk. */
function serveConnection(socket: Socket, index: number): void {
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    const text = chunk.toString("latin1");
    if (!text.endsWith(END_OF_REQUEST)) return;
    const now = performance.now();
    longestIntervalMs = Math.max(longestIntervalMs, now - (askedAt[index] ?? now));
    askedAt[index] = now;
    const response = broken.has(index) ? BROKEN : HEALTHY;
    if (/\r\nconnection: close\r\n/i.test(text)) socket.end(response);
    else socket.write(response);
  });
}

function renderResponse(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
