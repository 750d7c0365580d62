import { z } from "zod";
import { REDACTED } from "../contract/redact-query.ts";
import { redactStatsAddress } from "../contract/redacted-stats-address.ts";
import type { StatsAddress } from "../contract/settings.ts";
import { parseHostPort } from "../targets/host-port.ts";
import { DEFAULT_TLS } from "./defaults.ts";
import { reject } from "./reject.ts";
import { parseStatsUrl } from "./stats-url.ts";

// sockaddr_un holds 108 bytes with the zero at the end.
const SOCKET_PATH_MAX_BYTES = 107;
const EXPECTED =
  "expected unix:/run/haproxy/admin.sock, tcp://host:port, tls://host:port, unix-master:/path, abns@name or http://host:port/stats";

/**
 * Where an instance answers: `unix:/path`, `unix:///path`, `/path`, `tcp://host:port`, `tcp:host:port`, or as haproxy.cfg
 * writes it, `unix@/path`, `abns@name` and `ipv4@host:port`; `tls://host:port`; `unix-master:/path` and `tcp-master://host:port`; the
 * stats page by its URL. A path need not exist: HAProxy may start later.
 */
export const statsAddress = z
  .codec(z.string(EXPECTED), z.custom<StatsAddress>(), { decode: parseStatsAddress, encode: formatStatsAddress })
  .meta({ examples: ["unix:/run/haproxy/admin.sock", "tcp://10.0.0.2:9999", "http://haprobe@10.0.0.2:8404/stats"] });

function parseStatsAddress(text: string, payload: z.core.ParsePayload): StatsAddress {
  if (/^https?:\/\//.test(text)) return parseStatsUrl(text, payload);
  const [, master, path] = /^(?:unix(-master)?:(?:\/\/)?|unix@)?(\/.*)$/s.exec(text) ?? [];
  if (path !== undefined) return parsePath(master === undefined ? "unix" : "unix-master", path, payload);
  const [, name] = /^abns@([\x21-\x7e]{1,107})$/.exec(text) ?? [];
  if (name !== undefined) return { kind: "abns", name };
  const [, kind, authority] = /^(?:(tls|tcp-master|tcp):(?:\/\/)?|ipv[46]@)(.*)$/s.exec(text) ?? [];
  if (authority === undefined) return reject(payload, EXPECTED, "names no kind of address");
  const endpoint = parseHostPort(authority.replace(/\/$/, ""));
  if (endpoint === null) return reject(payload, EXPECTED, "holds no host and port");
  if (!endpoint.port) return reject(payload, EXPECTED, "has no port");
  const address = { host: endpoint.host, port: endpoint.port };
  if (kind === "tls") return { kind, ...address, tls: DEFAULT_TLS };
  return { kind: kind === "tcp-master" ? kind : "tcp", ...address };
}

function parsePath(kind: "unix" | "unix-master", text: string, payload: z.core.ParsePayload): StatsAddress {
  const path = text.replace(/^\/+/, "/");
  if (path.endsWith("/")) return reject(payload, EXPECTED, "names a folder, not a socket");
  if (path.includes("\0")) return reject(payload, EXPECTED, "holds a zero byte");
  const bytes = Buffer.byteLength(path);
  if (bytes <= SOCKET_PATH_MAX_BYTES) return { kind, path };
  const wrong = `has a path of ${bytes} bytes, more than the ${SOCKET_PATH_MAX_BYTES} that a socket can have`;
  return reject(payload, EXPECTED, wrong);
}

/** The address with the user in it, and without its secrets. */
function formatStatsAddress(stats: StatsAddress): string {
  const text = redactStatsAddress(stats);
  if (stats.kind !== "page" || stats.login === null) return text;
  const { user, password } = stats.login;
  const secret = password.kind === "text" && password.text !== "" ? `:${REDACTED}` : "";
  return text.replace("://", `://${encodeURIComponent(user)}${secret}@`);
}
