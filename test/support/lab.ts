import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ApiServer, type ApiServerMode, type PlainMode, startApiServer } from "../../demo/stand-in/api-server.ts";
import { makeAuthority } from "./certificates.ts";
import { type RealHaproxy, startHaproxy } from "./real-haproxy.ts";

/** HAProxy's lines for one way of checking; `server` is what follows a server's address. */
export interface CheckStyle {
  readonly lines: readonly string[];
  readonly server: string;
}

const TIMES = "inter 500ms fastinter 200ms fall 2 rise 1";

/** The ways in which people check a kube-apiserver. */
export const TLS_CHECKS = {
  none: { lines: [], server: "" },
  bare: { lines: [], server: `check ${TIMES}` },
  tls: { lines: [], server: `check check-ssl verify none ${TIMES}` },
  httpchk: {
    lines: [
      "option httpchk",
      "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes",
      "http-check expect status 200",
    ],
    server: `check check-ssl verify none ${TIMES}`,
  },
} as const satisfies Record<string, CheckStyle>;

export const PLAIN_CHECKS = {
  plainbare: { lines: [], server: `check ${TIMES}` },
  plainhttp: {
    lines: ["option httpchk GET /healthz", "http-check expect status 200"],
    server: `check ${TIMES}`,
  },
} as const satisfies Record<string, CheckStyle>;

/** A server of the lab, by what it does. */
export interface LabServer {
  readonly name: string;
  readonly mode: ApiServerMode | PlainMode;
  readonly plain?: boolean;
}

/** Real HAProxy in front of stand-in servers, each of them behind every way of checking. */
export interface Lab extends AsyncDisposable {
  readonly haproxy: RealHaproxy;
  readonly servers: ReadonlyMap<string, ApiServer>;
  /** Configuration for haprobe that polls the socket of this level. */
  configFile(level: "admin" | "user", every?: string): Promise<string>;
}

/** Starts servers, certificates and HAProxy; each server stands in a backend for each style that fits it. */
export async function startLab(wanted: readonly LabServer[], binary?: string): Promise<Lab> {
  const authority = await makeAuthority();
  const tls = await authority.issue({ names: ["kubernetes", "127.0.0.1"] });
  const servers = new Map<string, ApiServer>();
  for (const { name, mode, plain } of wanted) {
    servers.set(name, await startApiServer({ tls: plain === true ? null : tls, mode }));
  }
  const backend = (styleName: string, style: CheckStyle, plain: boolean): string => {
    const own = wanted.filter((server) => (server.plain === true) === plain);
    if (own.length === 0) return "";
    const rows = own.map(({ name }) => `  server ${name} 127.0.0.1:${servers.get(name)?.port} ${style.server}`);
    return [`backend ${styleName}`, `  mode tcp`, ...style.lines.map((line) => `  ${line}`), ...rows].join("\n");
  };
  const haproxy = await startHaproxy({
    ...(binary === undefined ? {} : { binary }),
    config: [
      "defaults\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n  timeout check 1s",
      ...Object.entries(TLS_CHECKS).map(([name, style]) => backend(name, style, false)),
      ...Object.entries(PLAIN_CHECKS).map(([name, style]) => backend(name, style, true)),
      "",
    ].join("\n"),
  });
  await writeFile(join(haproxy.dir, "ca.pem"), authority.ca);

  return {
    haproxy,
    servers,
    async configFile(level, every = "500ms") {
      const file = join(haproxy.dir, `haprobe-${level}.yaml`);
      const socket = level === "admin" ? haproxy.adminSocket : haproxy.userSocket;
      await writeFile(
        file,
        `haproxy:
  - {name: lb-1, stats: "unix:${socket}", every: ${every}}
probes:
  - match: {backend: "plain*"}
    http: {path: /healthz, expect: {status: 200, body: ok}}
    every: ${every}
    timeout: 1s
  - match: {backend: "*"}
    http: {scheme: https, path: /readyz, server-name: kubernetes, ca-file: ca.pem}
    every: ${every}
    timeout: 1s
`,
      );
      return file;
    },
    async [Symbol.asyncDispose]() {
      await haproxy.stop();
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}
