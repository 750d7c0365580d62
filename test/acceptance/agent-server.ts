import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A tiny agent for HAProxy's `agent-check`: told a server's name, it answers with the word that it has for it. */
export interface AgentServer extends AsyncDisposable {
  readonly port: number;
  /** Words by `backend/server`; a server without any is `up`. */
  readonly replies: Map<string, string>;
}

/** Listens on a free port of the loopback. HAProxy names the server by `agent-send "BACKEND/SERVER\n"`. */
export async function startAgentServer(words: Readonly<Record<string, string>>): Promise<AgentServer> {
  const own = new Map(Object.entries(words));
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    socket.once("data", (name) => socket.end(`${own.get(name.toString().trim()) ?? "up"}\n`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    replies: own,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
