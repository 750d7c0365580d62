import { formatHostPort } from "./host-port.ts";

/** Where haprobe listens: an address and a port, or the path of a UNIX socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** What decides who reaches the listener, and what they may do there. */
export interface ListenerSettings {
  readonly listen: ListenAddress;
  /** Serves an open listener reading only, instead of refusing it. */
  readonly listenInsecurely: boolean;
  /** Null: plain HTTP. */
  readonly tls: object | null;
  readonly auth: AuthMeans;
}

/** The ways to prove an identity, as `auth` lists them. */
export interface AuthMeans {
  readonly tokens: readonly unknown[];
  readonly usersFile: string | null;
  readonly certificates: readonly unknown[];
  readonly proxy: object | null;
  readonly oidc: object | null;
}

/**
 * `local`: only this machine reaches it. `protected`: it has TLS and `auth`. `read-only`: it is open and serves reading
 * only. `refused`: it is open and the configuration does not say so.
 */
export type Exposure = "local" | "protected" | "read-only" | "refused";

/** How far a listener is open. */
export function exposureOf({ listen, listenInsecurely, tls, auth }: ListenerSettings): Exposure {
  if (isLocal(listen)) return "local";
  if (tls !== null && hasAuth(auth)) return "protected";
  return listenInsecurely ? "read-only" : "refused";
}

/** True where only this machine reaches it. */
export function isLocal(listen: ListenAddress): boolean {
  return "path" in listen || isLoopbackHost(listen.host);
}

/** True where writes are taken of senders who may write. */
export function isWritable(exposure: Exposure): boolean {
  return exposure === "local" || exposure === "protected";
}

/** What a listener that is open to other machines lacks: `tls`, `auth` or both; null where it lacks nothing. */
export function missingProtection({ tls, auth }: ListenerSettings): string | null {
  const missing = [...(tls === null ? ["tls"] : []), ...(hasAuth(auth) ? [] : ["auth"])];
  return missing.length === 0 ? null : missing.join(" and ");
}

/** True for a loopback address (127.0.0.0/8, ::1) and for localhost. */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|::1|127(\.\d{1,3}){3})$/i.test(host);
}

/** Writes `127.0.0.1:8405`, `[::1]:8405` or `unix:/run/haprobe.sock`. */
export function formatListenAddress(listen: ListenAddress): string {
  return "path" in listen ? `unix:${listen.path}` : formatHostPort(listen.host, listen.port);
}

function hasAuth({ tokens, usersFile, certificates, proxy, oidc }: AuthMeans): boolean {
  return tokens.length > 0 || usersFile !== null || certificates.length > 0 || proxy !== null || oidc !== null;
}
