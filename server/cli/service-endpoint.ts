import { readFileSync } from "node:fs";
import type { PeerCertificate } from "node:tls";
import { bracketIpv6 } from "../contract/host-port.ts";
import { isLoopbackHost, type ListenAddress } from "../contract/listen.ts";
import type { ListenerTls } from "../contract/settings.ts";
import type { CommonOptions } from "./options.ts";

/** Which haprobe is asked: the one at `url`, or the one that runs with this configuration. */
export interface ServiceOptions extends CommonOptions {
  readonly url?: URL;
  /** Trusted certificates: authorities, or the listener's own; without it those of the system. */
  readonly caFile?: string;
  readonly clientCertFile?: string;
  readonly clientKeyFile?: string;
}

/** A running haprobe. */
export interface ServiceEndpoint {
  /** What its paths are relative to. */
  readonly url: URL;
  /** Null: the host and port of the URL. */
  readonly socketPath: string | null;
  /** How messages call it, such as `http://127.0.0.1:8405` or `unix:/run/haprobe/haprobe.sock`. */
  readonly name: string;
  readonly tls: ServiceTls;
}

/** Options of `node:tls` for the connection to a haprobe. */
export interface ServiceTls {
  readonly ca?: string;
  readonly allowPartialTrustChain?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/** The haprobe of the options; the configuration is loaded only without a URL. An error text if that or a file is unusable. */
export async function serviceEndpoint(options: ServiceOptions): Promise<ServiceEndpoint | string> {
  try {
    if (options.url !== undefined) return await endpointOf(options.url, options, options.caFile ?? null);
    const { formatConfigErrors, loadConfig } = await import("./options.ts");
    const loaded = loadConfig(options, false);
    if (loaded.kind === "broken") return formatConfigErrors(loaded);
    const { listen, tls } = loaded.settings;
    return await endpointOf(listenUrl(listen, tls), options, options.caFile ?? tls?.certFile ?? null);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** True where the connection stays on this machine. */
export function isOnThisMachine({ url, socketPath }: ServiceEndpoint): boolean {
  return socketPath !== null || isLoopbackHost(url.hostname.replace(/^\[|\]$/g, ""));
}

/** Where a listener is reached from this machine. */
function listenUrl(listen: ListenAddress, tls: ListenerTls | null): URL {
  if ("path" in listen) return new URL(`unix:${encodeURI(listen.path)}`);
  const { host, port } = listen;
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return new URL(`${tls === null ? "http" : "https"}://${bracketIpv6(reached)}:${port}`);
}

async function endpointOf(url: URL, options: ServiceOptions, caFile: string | null): Promise<ServiceEndpoint> {
  if (url.protocol === "unix:") {
    const path = decodeURI(url.pathname);
    return { url: new URL("http://localhost/"), socketPath: path, name: `unix:${path}`, tls: {} };
  }
  const base = url.href.endsWith("/") ? url : new URL(`${url.href}/`);
  const tls = url.protocol === "https:" ? await loadTls(options, caFile) : {};
  return { url: base, socketPath: null, name: url.origin, tls };
}

async function loadTls({ clientCertFile, clientKeyFile }: ServiceOptions, caFile: string | null): Promise<ServiceTls> {
  const [ca, cert, key] = [caFile, clientCertFile, clientKeyFile ?? clientCertFile].map((path) =>
    path == null ? null : readFileSync(path, "utf8"),
  );
  const { checkServerIdentity } = await import("node:tls");
  const { X509Certificate } = await import("node:crypto");
  const own = ca == null ? [] : pemCertificates(ca).map((pem) => new X509Certificate(pem).raw);
  return {
    ...(cert == null || key == null ? {} : { cert, key }),
    ...(ca == null ? {} : { ca, allowPartialTrustChain: true }),
    // The listener's own certificate names the dashboard, not the address by which this machine reaches it.
    checkServerIdentity: (host, certificate) =>
      own.some((raw) => raw.equals(certificate.raw)) ? undefined : checkServerIdentity(host, certificate),
  };
}

function pemCertificates(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
