import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { HttpProbe, Target } from "../../server/contract/target.ts";
import { checkCure } from "../../server/judge/check-cure.ts";
import { makeAuthority } from "../support/certificates.ts";
import { haproxyView, TARGET } from "../support/judge-harness.ts";
import { haproxyBinaries, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";

const DECIDED_WITHIN_MS = 15_000;
const PLAIN: HttpProbe = {
  type: "http",
  scheme: "http",
  method: "GET",
  path: "/healthz?full=1",
  hostHeader: "shop.example.test",
  version: "auto",
  headers: {},
  expectStatus: [{ from: 200, to: 299 }],
  expectBody: { kind: "any" },
  tls: { serverName: null, caFile: null, verify: false, minVersion: null, ciphers: null },
};
const TLS: HttpProbe = { ...PLAIN, scheme: "https", tls: { ...PLAIN.tls, serverName: "shop.example.test" } };

/** The server behind a cure: it is only well for the probe's own request. */
interface CureServer extends AsyncDisposable {
  readonly port: number;
}

async function startServer(target: Target, probe: HttpProbe, isHealthy: boolean): Promise<CureServer> {
  const body = probe.expectBody.kind === "any" ? "anything" : "ready";
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    const isRequested =
      request.url === probe.path && request.method === probe.method && request.headers.host === probe.hostHeader;
    response.statusCode = isRequested && isHealthy ? (probe.expectStatus[0]?.from ?? 200) : isRequested ? 503 : 400;
    response.end(isHealthy ? body : "broken");
  };
  const server = target.proxyProtocol === null ? await httpServer(probe, respond) : proxyServer(isHealthy);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function httpServer({ scheme, tls }: HttpProbe, respond: RequestListener): Promise<NetServer> {
  if (scheme === "http") return createHttpServer(respond);
  const { cert, key } = await (await makeAuthority()).issue({ names: [tls.serverName ?? "127.0.0.1"] });
  const server = createHttpsServer({ cert, key }, respond);
  // A server of several names closes handshakes without the right one.
  if (tls.serverName !== null) {
    server.on("secureConnection", (socket: TLSSocket) => {
      if (socket.servername !== tls.serverName) socket.destroy();
    });
  }
  return server;
}

/** Reads the header of the PROXY protocol, version 1, before the request. */
function proxyServer(isHealthy: boolean): NetServer {
  return createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      const isProxied = bytes.toString("latin1").startsWith("PROXY ");
      const status = !isProxied ? "400 Bad Request" : isHealthy ? "200 OK" : "503 Service Unavailable";
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    });
  });
}

/** The words of HAProxy's status once its check has decided: `UP` or `DOWN`, with the last result. */
async function decidedStatus(haproxy: RealHaproxy): Promise<string> {
  for (const deadline = performance.now() + DECIDED_WITHIN_MS; performance.now() < deadline; await pause(20)) {
    const [header = "", ...rows] = (await haproxy.command("show stat")).split("\n");
    const columns = header.slice(2).split(",");
    const row = rows.map((line) => line.split(",")).find((fields) => fields[1] === "s1") ?? [];
    const column = (name: string): string => row[columns.indexOf(name)] ?? "";
    const check = column("check_status").replace("* ", "");
    if (check !== "INI" && ["UP", "DOWN"].includes(column("status"))) return `${column("status")} ${check}`;
  }
  return "undecided";
}

/** A server line of a check that was seen to end with the TLS handshake. */
const OVER_TLS = "ssl verify none check";

const CASES: readonly [name: string, target: Partial<Target>, otherPort: boolean, server: string][] = [
  ["over HTTP", { probe: PLAIN }, false, "check"],
  ["of a server without a check", { probe: PLAIN }, false, ""],
  ["over TLS with a server name", { probe: TLS }, false, ""],
  ["over TLS of an address", { probe: { ...TLS, tls: { ...TLS.tls, serverName: null } } }, false, "check"],
  ["on another port", { probe: PLAIN }, true, ""],
  [
    "with another method and status",
    { probe: { ...PLAIN, method: "HEAD", expectStatus: [{ from: 204, to: 204 }] } },
    false,
    "check",
  ],
  ["with a text in the body", { probe: { ...PLAIN, expectBody: { kind: "contains", text: "read" } } }, false, "check"],
  ["with a whole body", { probe: { ...PLAIN, expectBody: { kind: "equals", text: "ready" } } }, false, "check"],
  ["behind the PROXY protocol", { probe: PLAIN, proxyProtocol: "v1" }, false, "check"],
  ["over HTTP on another port, beside a check over TLS", { probe: PLAIN }, true, OVER_TLS],
  ["over TLS, beside a check over TLS", { probe: TLS }, false, OVER_TLS],
];

describe.each(haproxyBinaries())("the lines that are advised, before $name", ({ binary }) => {
  test.each(CASES)("%s: the healthy server is UP, the sick one DOWN", async (_, part, isOtherPort, serverLine) => {
    const target: Target = { ...TARGET, ...part };
    const probe = target.probe as HttpProbe;
    for (const isHealthy of [true, false]) {
      await using server = await startServer(target, probe, isHealthy);
      const scheme = serverLine === OVER_TLS ? "https" : "http";
      await using traffic = await startServer(TARGET, { ...PLAIN, scheme, path: "/traffic" }, true);
      const view = haproxyView("UP", "L4OK", { backend: "shop" });
      const depth = serverLine === "" ? "none" : serverLine === OVER_TLS ? "tls" : "connection";
      const cure = checkCure(target, { view, depth, otherPort: isOtherPort ? server.port : null });
      expect(cure).not.toEqual([]);
      const port = isOtherPort ? traffic.port : server.port;
      const config = [
        "defaults",
        "  mode http",
        "  timeout connect 2s",
        "  timeout client 5s",
        "  timeout server 5s",
        "  timeout check 2s",
        "backend shop",
        ...cure.map((line) => `  ${line}`),
        `  server s1 127.0.0.1:${port} ${serverLine} inter 100ms rise 1 fall 2`,
      ].join("\n");
      await using haproxy = await startHaproxy({ config, ...(binary === undefined ? {} : { binary }) });
      expect(await decidedStatus(haproxy)).toBe(isHealthy ? "UP L7OK" : "DOWN L7STS");
    }
  });
});
