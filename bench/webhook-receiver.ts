import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** A receiver on loopback. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
}

/** A receiver of webhooks that takes each; `record` gets the parsed body. */
export async function startReceiver(record: (body: unknown) => void): Promise<Receiver> {
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      record(JSON.parse(Buffer.concat(chunks).toString()));
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: urlOf(server), [Symbol.asyncDispose]: () => end(server, () => server.closeAllConnections()) };
}

/** A receiver that accepts connections and never answers. */
export async function startDeadReceiver(): Promise<Receiver> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return { url: urlOf(server), [Symbol.asyncDispose]: () => end(server, destroyAll) };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function end(server: Server, disconnect: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  disconnect();
  await closed;
}
