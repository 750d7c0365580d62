import type { StatsAddress } from "../contract/settings.ts";
import { formatEndpoint, parseEndpoint } from "../targets/endpoint.ts";
import { discreetly, type Kind, type Reading, right, wrong } from "./field.ts";

const EXPECTED = "unix:/run/haproxy/admin.sock or tcp://host:port";
/** Kinds of sources that haprobe will know; named so that nobody takes them for a typing error. */
const LATER = ["tls://", "http://", "https://", "unix-master:", "tcp-master:"];
// sockaddr_un holds 108 bytes with the zero at the end.
const SOCKET_PATH_MAX_BYTES = 107;

/** Where an instance answers: `unix:/path`, `unix:///path`, `/path`, `tcp://host:port`, `tcp:host:port`, or as haproxy.cfg writes it, `unix@/path` and `ipv4@host:port`. A path need not exist: HAProxy may start later. */
export const statsAddress: Kind<StatsAddress> = {
  expected: EXPECTED,
  hint: { type: "string", examples: ["unix:/run/haproxy/admin.sock", "tcp://10.0.0.2:9999"] },
  read: readStatsAddress,
};

function readStatsAddress(value: unknown): Reading<StatsAddress> {
  if (typeof value !== "string") return wrong(value === undefined ? "is missing" : "is no text");
  const later = LATER.find((scheme) => value.startsWith(scheme));
  // The rest is not repeated: it may hold a password.
  if (later !== undefined) return discreetly(`${later} is not available in this version`, `expected ${EXPECTED}`);
  const unix = /^(?:unix:(?:\/\/)?|unix@)?(\/.*)$/s.exec(value);
  if (unix !== null) return readPath(unix[1] ?? "");
  const tcp = /^(?:tcp:(?:\/\/)?|ipv4@|ipv6@)(.*)$/s.exec(value);
  if (tcp !== null) return readTcp(tcp[1] ?? "");
  return wrong("names no kind of address");
}

/** The address as people write it. */
export function statsText(stats: StatsAddress): string {
  return stats.kind === "unix" ? `unix:${stats.path}` : `tcp://${formatEndpoint(stats.host, stats.port)}`;
}

function readPath(text: string): Reading<StatsAddress> {
  const path = text.replace(/^\/+/, "/");
  if (path.endsWith("/")) return wrong("names a folder, not a socket");
  if (path.includes("\0")) return wrong("holds a zero byte");
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > SOCKET_PATH_MAX_BYTES) {
    return wrong(`has a path of ${bytes} bytes, more than the ${SOCKET_PATH_MAX_BYTES} that a socket can have`);
  }
  return right({ kind: "unix", path });
}

function readTcp(text: string): Reading<StatsAddress> {
  const endpoint = parseEndpoint(text.replace(/\/$/, ""));
  if (endpoint === null) return wrong("holds no host and port");
  if (endpoint.port === null || endpoint.port === 0) return wrong("has no port");
  return right({ kind: "tcp", host: endpoint.host, port: endpoint.port });
}
