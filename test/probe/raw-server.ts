import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A server that speaks whatever the test says. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open now. */
  readonly openSockets: ReadonlySet<Socket>;
}

/** Listens on a free port of the loopback and hands each connection over once it has sent something. */
export async function startRawServer(onRequest: (socket: Socket, request: string) => void): Promise<RawServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    socket.once("data", (bytes) => onRequest(socket, bytes.toString("latin1")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    openSockets: open,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
