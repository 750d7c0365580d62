import { connect, type Socket } from "node:net";

/** Clients that connect again and again, one request on each connection. */
export interface SteadyTraffic {
  /** Resolves when no connection is open. */
  stop(): Promise<void>;
}

/** Sends GET `path` to a port of 127.0.0.1 at this interval, each on a connection of its own; failures do not end it. */
export function startTraffic(port: number, path: string, everyMs: number): SteadyTraffic {
  const open = new Set<Socket>();
  const closed: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    const socket = connect({ port, host: "127.0.0.1" });
    open.add(socket);
    socket.on("error", () => {});
    closed.push(
      new Promise((resolve) =>
        socket.once("close", () => {
          open.delete(socket);
          resolve(null);
        }),
      ),
    );
    socket.resume();
    socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(closed);
    },
  };
}
