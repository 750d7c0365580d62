import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import type { StatsAddress, StatsTls } from "../../server/contract/settings.ts";
import { makeAuthority } from "../support/certificates.ts";

/** The ways to HAProxy's stats. */
export const TRANSPORTS = ["unix", "tcp", "tls", "unix-master", "tcp-master", "http", "https"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export function isStatsPage(way: Transport): boolean {
  return way === "http" || way === "https";
}

/** What the master says before its worker answers. */
const SHOW_PROC =
  "#<PID>          <type>          <reloads>       <uptime>        <version>\n" +
  "100             master          0 [failed: 0]   0d00h00m01s     2.6.12\n" +
  "# workers\n101             worker          0               0d00h00m01s     2.6.12\n" +
  "# old workers\n99              worker          1               0d00h00m09s     2.6.12\n# programs\n\n";

/** Something that is asked as HAProxy is, and answers as a test wants it to. */
export interface FakeHaproxy extends AsyncDisposable {
  /** Calls back with each connection on which something was asked. */
  listen(way: Transport, onAsked: (socket: Socket, question: string) => unknown): Promise<StatsAddress>;
}

/** A body as each way carries it. */
export function frameResponse(way: Transport, body: string, type = "text/plain"): string {
  if (way.endsWith("master")) return SHOW_PROC + body;
  if (!isStatsPage(way)) return body;
  const chunk = body === "" ? "" : `${Buffer.byteLength(body, "latin1").toString(16)}\r\n${body}\r\n`;
  return `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
}

/** What a HAProxy answers to everything, as that way carries it: `whole` is the command line's answer. */
export function completeResponse(way: Transport, whole: string): string {
  return frameResponse(way, isStatsPage(way) ? whole.slice(whole.indexOf("# pxname"), -1) : whole);
}

export async function startFakeHaproxy(): Promise<FakeHaproxy> {
  const dir = await mkdtemp(join(tmpdir(), "liars-"));
  const authority = await makeAuthority();
  const { cert, key } = await authority.issue({ names: ["127.0.0.1"] });
  const caFile = join(dir, "ca.pem");
  await writeFile(caFile, authority.ca);
  const tls: StatsTls = { serverName: null, caFile, clientCertFile: null, clientKeyFile: null, verify: true };
  const open = new Set<Server | Socket>();
  let count = 0;

  return {
    async listen(way, onAsked) {
      const serve = (socket: Socket): void => {
        open.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => open.delete(socket));
        socket.once("data", (question) => onAsked(socket, question.toString("latin1")));
      };
      const overTls = way === "tls" || way === "https";
      const server = overTls ? createTlsServer({ cert, key }, serve) : createServer({ allowHalfOpen: true }, serve);
      open.add(server);
      count += 1;
      const path = join(dir, `${count}.sock`);
      if (way === "unix" || way === "unix-master") {
        await once(server.listen(path), "listening");
        return { kind: way, path };
      }
      await once(server.listen(0, "127.0.0.1"), "listening");
      const address = server.address();
      const place = { host: "127.0.0.1", port: typeof address === "object" && address ? address.port : 0 };
      if (way === "tls") return { kind: way, ...place, tls };
      if (way === "tcp" || way === "tcp-master") return { kind: way, ...place };
      const login = { user: "ops", password: { kind: "text", text: "hunter2" } } as const;
      return { kind: "page", ...place, path: "/stats", login, headers: {}, tls: overTls ? tls : null };
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
