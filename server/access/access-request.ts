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
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Headers that a proxy adds and a browser on this machine does not send. */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via"];

/** A request of Node's HTTP server. */
interface SentRequest {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean };
}

/** Takes the parts from a request whose target is read, which gives `headers.host`. */
export function toAccessRequest({ method = "GET", headers, socket }: SentRequest): AccessRequest {
  return {
    method,
    host: single(headers["host"]),
    origin: single(headers["origin"]),
    contentType: single(headers["content-type"]),
    authorization: single(headers["authorization"]),
    cookie: single(headers["cookie"]),
    csrfToken: single(headers["x-csrf-token"]),
    isForwarded: PROXY_HEADERS.some((name) => headers[name] !== undefined),
    // A browser names the scheme of its page itself, also where a proxy terminates TLS; `checkOrigin` knows the page.
    isSecure: socket.encrypted === true || single(headers["origin"])?.startsWith("https:") === true,
    address: socket.remoteAddress ?? "",
    headers,
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}
