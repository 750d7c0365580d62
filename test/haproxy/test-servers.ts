import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";

/** A server behind HAProxy, on a free port of 127.0.0.1. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
}

/** Answers each HTTP request with the current result of `status`; null: never. */
export async function startHttpServer(status: () => number | null): Promise<TestServer> {
  return listenOnFreePort(
    createHttpServer((_, response) => {
      const code = status();
      if (code !== null) response.writeHead(code).end();
    }),
  );
}

/** Sends one line on each connection, as an agent does. */
export async function startLineServer(line: () => string): Promise<TestServer> {
  return listenOnFreePort(
    createServer((socket) => {
      socket.on("error", () => {});
      socket.end(`${line()}\n`);
    }),
  );
}

async function listenOnFreePort(server: Server): Promise<TestServer> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) (server as ReturnType<typeof createHttpServer>).closeAllConnections();
      await closed;
    },
  };
}
