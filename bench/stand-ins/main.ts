import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { wallMs } from "../wall-clock.ts";
import type { Endpoint, StandInResponse, StandInRequest } from "./protocol.ts";

// Thousands of servers in one process. They answer by hand what a request wants to hear, since an HTTP server of Node's
// would take more CPU than what is measured. Ends when the bench does.
const HEALTHY = renderResponse("200 OK", "ok");
const BROKEN = renderResponse(
  "500 Internal Server Error",
  "[+]ping ok\n[-]etcd failed: reason withheld\nhealthz check failed\n",
);
const END_OF_REQUEST = "\r\n\r\n";

const broken = new Set<number>();

process.on("message", (question: StandInRequest) => void handleRequest(question));
process.on("disconnect", () => process.exit(0));

async function handleRequest(question: StandInRequest): Promise<void> {
  let doors: readonly Endpoint[] = [];
  if (question.kind === "listen") doors = await listen(question);
  else if (question.healthy) broken.delete(question.index);
  else broken.add(question.index);
  process.send?.({ at: wallMs(), endpoints: doors } satisfies StandInResponse);
}

async function listen({ first, count, tls }: Extract<StandInRequest, { kind: "listen" }>): Promise<Endpoint[]> {
  const doors: Endpoint[] = [];
  let port = 0;
  for (let index = first; index < first + count; index += 1) {
    const serve = (socket: Socket): void => serveConnection(socket, index);
    const secure = tls === null ? null : createTlsServer(tls, serve).on("tlsClientError", () => {});
    const server = createServer({ noDelay: true }, (socket) => {
      if (secure === null) return serve(socket);
      socket.on("error", () => {});
      secure.emit("connection", socket);
    });
    // An address of its own for each and one port for all, as real servers have.
    const host = `127.10.${index >> 8}.${index & 0xff}`;
    server.listen({ host, port, backlog: 64 });
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
    doors.push({ host, port });
  }
  return doors;
}

/** Requests without a body, one after the other; each comes in one piece. */
function serveConnection(socket: Socket, index: number): void {
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    const text = chunk.toString("latin1");
    if (!text.endsWith(END_OF_REQUEST)) return;
    const said = broken.has(index) ? BROKEN : HEALTHY;
    if (/\r\nconnection: close\r\n/i.test(text)) socket.end(said);
    else socket.write(said);
  });
}

function renderResponse(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
