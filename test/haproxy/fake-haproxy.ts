import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import type { StatsAddress, StatsTls } from "../../server/contract/settings.ts";
import { makeAuthority } from "../support/certificates.ts";

/** The transports of HAProxy's stats. */
export const TRANSPORTS = ["unix", "tcp", "tls", "unix-master", "tcp-master", "http", "https"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export function isStatsPage(transport: Transport): boolean {
  return transport === "http" || transport === "https";
}

/** The section that the master sends before the response of its worker. */
const SHOW_PROC =
  "#<PID>          <type>          <reloads>       <uptime>        <version>\n" +
  "100             master          0 [failed: 0]   0d00h00m01s     2.6.12\n" +
  "# workers\n101             worker          0               0d00h00m01s     2.6.12\n" +
  "# old workers\n99              worker          1               0d00h00m09s     2.6.12\n# programs\n\n";

/** Stats addresses whose responses a test controls. */
export interface FakeHaproxy extends AsyncDisposable {
  /** Calls back with each connection and its request. */
  listen(transport: Transport, onRequest: (socket: Socket, request: string) => unknown): Promise<StatsAddress>;
}

/** A body in the framing of the transport. */
export function frameResponse(transport: Transport, body: string, type = "text/plain"): string {
  if (transport.endsWith("master")) return SHOW_PROC + body;
  if (!isStatsPage(transport)) return body;
  const chunk = body === "" ? "" : `${Buffer.byteLength(body, "latin1").toString(16)}\r\n${body}\r\n`;
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
}

/** The response to each request; `whole` is that of the Runtime API. */
export function completeResponse(transport: Transport, whole: string): string {
  return frameResponse(transport, isStatsPage(transport) ? whole.slice(whole.indexOf("# pxname"), -1) : whole);
}

export async function startFakeHaproxy(): Promise<FakeHaproxy> {
  const dir = await mkdtemp(join(tmpdir(), "fake-haproxy-"));
  const authority = await makeAuthority();
  const { cert, key } = await authority.issue({ names: ["127.0.0.1"] });
  const caFile = join(dir, "ca.pem");
  await writeFile(caFile, authority.ca);
  const tls: StatsTls = { serverName: null, caFile, clientCertFile: null, clientKeyFile: null, verify: true };
  const open = new Set<Server | Socket>();
  let count = 0;

  return {
    async listen(transport, onRequest) {
      const serve = (socket: Socket): void => {
        open.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => open.delete(socket));
        socket.once("data", (request) => onRequest(socket, request.toString("latin1")));
      };
      const overTls = transport === "tls" || transport === "https";
      const server = overTls ? createTlsServer({ cert, key }, serve) : createServer({ allowHalfOpen: true }, serve);
      open.add(server);
      count += 1;
      const path = join(dir, `${count}.sock`);
      if (transport === "unix" || transport === "unix-master") {
        await once(server.listen(path), "listening");
        return { kind: transport, path };
      }
      await once(server.listen(0, "127.0.0.1"), "listening");
      const address = server.address();
      const endpoint = { host: "127.0.0.1", port: typeof address === "object" && address ? address.port : 0 };
      if (transport === "tls") return { kind: transport, ...endpoint, tls };
      if (transport === "tcp" || transport === "tcp-master") return { kind: transport, ...endpoint };
      const login = { user: "ops", password: { kind: "text", text: "hunter2" } } as const;
      return { kind: "page", ...endpoint, path: "/stats", login, headers: {}, tls: overTls ? tls : null };
    },
    async [Symbol.asyncDispose]() {
      for (const one of open) {
        if ("close" in one) one.close();
        else one.destroy();
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}
