import type { StatsAddress } from "../contract/settings.ts";
import { parseHostPort } from "../targets/host-port.ts";
import { DEFAULT_TLS } from "./defaults.ts";
import { type Kind, type Reading, right, wrong } from "./field.ts";
import { parseStatsUrl } from "./stats-url.ts";

// sockaddr_un holds 108 bytes with the zero at the end.
const SOCKET_PATH_MAX_BYTES = 107;

/**
 * Where an instance answers: `unix:/path`, `unix:///path`, `/path`, `tcp://host:port`, `tcp:host:port`, or as haproxy.cfg
 * writes it, `unix@/path` and `ipv4@host:port`; `tls://host:port`; `unix-master:/path` and `tcp-master://host:port`; the
 * stats page by its URL. A path need not exist: HAProxy may start later.
 */
export const statsAddress: Kind<StatsAddress> = {
  expected:
    "unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path or http://host:port/stats",
  hint: {
    type: "string",
    examples: ["unix:/run/haproxy/admin.sock", "tcp://10.0.0.2:9999", "http://haprobe@10.0.0.2:8404/stats"],
  },
  read: readStatsAddress,
};

function readStatsAddress(value: unknown): Reading<StatsAddress> {
  if (typeof value !== "string") return wrong(value === undefined ? "is missing" : "is no text");
  if (/^https?:\/\//.test(value)) return parseStatsUrl(value);
  const unix = /^(?:unix:(?:\/\/)?|unix@)?(\/.*)$/s.exec(value);
  if (unix !== null) return readPath("unix", unix[1] ?? "");
  const unixMaster = /^unix-master:(?:\/\/)?(\/.*)$/s.exec(value);
  if (unixMaster !== null) return readPath("unix-master", unixMaster[1] ?? "");
  const remote = /^(?:(tls|tcp-master|tcp):(?:\/\/)?|ipv4@|ipv6@)(.*)$/s.exec(value);
  if (remote !== null) return readRemote((remote[1] ?? "tcp") as "tls" | "tcp-master" | "tcp", remote[2] ?? "");
  return wrong("names no kind of address");
}

function readPath(kind: "unix" | "unix-master", text: string): Reading<StatsAddress> {
  const path = text.replace(/^\/+/, "/");
  if (path.endsWith("/")) return wrong("names a folder, not a socket");
  if (path.includes("\0")) return wrong("holds a zero byte");
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > SOCKET_PATH_MAX_BYTES) {
    return wrong(`has a path of ${bytes} bytes, more than the ${SOCKET_PATH_MAX_BYTES} that a socket can have`);
  }
  return right({ kind, path });
}

function readRemote(kind: "tls" | "tcp-master" | "tcp", text: string): Reading<StatsAddress> {
  const endpoint = parseHostPort(text.replace(/\/$/, ""));
  if (endpoint === null) return wrong("holds no host and port");
  if (endpoint.port === null || endpoint.port === 0) return wrong("has no port");
  const place = { host: endpoint.host, port: endpoint.port };
  return right(kind === "tls" ? { kind, ...place, tls: DEFAULT_TLS } : { kind, ...place });
}
