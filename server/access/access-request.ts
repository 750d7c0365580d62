import { clientOf, type DistinctHeaders } from "./client.ts";

/** The parts of a request that decide whether it is admitted, as the client sent them. */
export interface AccessRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  /** The header `x-csrf-token`. */
  readonly csrfToken: string | undefined;
  /** A proxy passed it on (`Forwarded`, `X-Forwarded-For` or the like): its sender is not on this machine. */
  readonly isForwarded: boolean;
  /** The browser reached haprobe over TLS. */
  readonly isSecure: boolean;
  /** Address of the client. */
  readonly address: string;
  /** The headers that a trusted proxy sent, each line by itself; null where the request comes from none. */
  readonly proxyHeaders: DistinctHeaders | null;
  /** The subject of the client certificate that the listener verified; null for none. */
  readonly certificate: () => CertificateSubject | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The name in a client certificate, and when it ends, in milliseconds since 1970. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly expiresAt: number;
}

/** Headers that a proxy adds and a browser on this machine does not send. */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via"];

/** A request of Node's HTTP server. */
interface SentRequest {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly headersDistinct?: DistinctHeaders;
  readonly socket: SentSocket;
}

interface SentSocket {
  readonly remoteAddress?: string | undefined;
  readonly encrypted?: boolean;
  /** TLS: the certificate of the client was verified. */
  readonly authorized?: boolean;
  getPeerCertificate?(): { readonly subject?: { readonly CN?: unknown }; readonly valid_to?: string };
}

/** Takes the parts from a request whose target is read, which gives `headers.host`. */
export function toAccessRequest(request: SentRequest): AccessRequest {
  const { method = "GET", headers, socket } = request;
  const { address, isSecure, proxyHeaders } = clientOf(request);
  const origin = single(headers["origin"]);
  return {
    method,
    host: single(headers["host"]),
    origin,
    contentType: single(headers["content-type"]),
    authorization: single(headers["authorization"]),
    cookie: single(headers["cookie"]),
    csrfToken: single(headers["x-csrf-token"]),
    isForwarded: proxyHeaders !== null || PROXY_HEADERS.some((name) => headers[name] !== undefined),
    // A browser names the scheme of its page itself, also where a proxy that is not listed terminates TLS.
    isSecure: isSecure || origin?.startsWith("https:") === true,
    address,
    proxyHeaders,
    certificate: () => readCertificate(socket),
    headers,
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function readCertificate(socket: SentSocket): CertificateSubject | null {
  if (socket.authorized !== true) return null;
  const { subject, valid_to: validTo = "" } = socket.getPeerCertificate?.() ?? {};
  return typeof subject?.CN === "string" ? { commonName: subject.CN, expiresAt: Date.parse(validTo) } : null;
}
