import type { HttpProbe } from "../contract/target.ts";
import type { Http2Request } from "./http2-exchange.ts";
import { isExpectedStatus } from "./http-response.ts";
import { isWebSocketProbe, startWebSocketUpgrade, type WebSocketUpgrade } from "./websocket-upgrade.ts";

/** A request without a body. */
export interface HttpRequest {
  readonly method: string;
  /** Request line and headers, one byte per character. */
  readonly head: string;
  /** Asks the server to leave the connection open. */
  readonly keepAlive: boolean;
  /** Whether the headers of a response with this status suffice; null: the body is always read. */
  readonly endsAtHeaders: ((status: number) => boolean) | null;
  /** Whether a compressed body is decompressed. */
  readonly decodesBody: boolean;
  /** The handshake that the request opens; null: none. */
  readonly upgrade: WebSocketUpgrade | null;
}

/** Each probe's last request, which nearly always is the next one, too. */
const requestCache = new WeakMap<HttpProbe, { readonly authorization: string | null; readonly request: HttpRequest }>();

/**
 * Builds the request of a probe. Headers of the rule override the default ones, and its credentials override both.
 * `readsBody`: even where the status suffices. Throws where the path or a header value has characters that would end the line.
 */
export function buildHttpRequest(
  probe: HttpProbe,
  authorization: string | null,
  keepAlive: boolean,
  readsBody: boolean,
): HttpRequest {
  const upgrade = isWebSocketProbe(probe) ? startWebSocketUpgrade() : null;
  const cached = upgrade === null ? requestCache.get(probe) : undefined;
  if (cached?.authorization === authorization && cached.request.keepAlive === keepAlive) return cached.request;
  const authorizationLine = authorization === null ? "" : headerLine("authorization", authorization);
  const connectionLines = upgrade?.headerLines ?? `connection: ${keepAlive ? "keep-alive" : "close"}\r\n`;
  const head = `${buildHead(probe)}${authorizationLine}${connectionLines}\r\n`;
  const request = {
    method: probe.method,
    head,
    keepAlive,
    endsAtHeaders: endOfReading(probe, readsBody),
    decodesBody: true,
    upgrade,
  };
  if (upgrade === null) requestCache.set(probe, { authorization, request });
  return request;
}

/** The same request for HTTP/2, whose connections are not reused. */
export function buildHttp2Request(probe: HttpProbe, authorization: string | null, readsBody: boolean): Http2Request {
  const headers = buildHeaders(probe);
  const authority = headers.get("host") ?? probe.hostHeader;
  headers.delete("host");
  if (authorization !== null) headers.set("authorization", authorization);
  const { method, scheme, path } = probe;
  return { method, scheme, authority, path, headers, body: null, endsAtHeaders: endOfReading(probe, readsBody) };
}

/** The body of another status than 2xx names the failing checks. */
function endOfReading(probe: HttpProbe, readsBody: boolean): HttpRequest["endsAtHeaders"] {
  if (readsBody || probe.expectBody.kind !== "any") return null;
  return (status) => status >= 200 && status <= 299 && isExpectedStatus(probe, status);
}

function buildHead(probe: HttpProbe): string {
  const { method, path } = probe;
  if (INVALID_PATH.test(path)) throw new TypeError("the path has characters that a request cannot contain");
  const lines = [...buildHeaders(probe)].map(([name, value]) => headerLine(name, value));
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}`;
}

function buildHeaders({ method, hostHeader, headers }: HttpProbe): Map<string, string> {
  const headerLines = new Map([
    ["host", hostHeader],
    ["user-agent", "haprobe"],
    ["accept", "*/*"],
  ]);
  for (const [name, value] of Object.entries(headers)) headerLines.set(name.toLowerCase(), value);
  // RFC 9110, 8.6: a POST without a body says so.
  if (method === "POST") headerLines.set("content-length", "0");
  return headerLines;
}

// Characters that could end a line, or cannot be written as one byte.
const INVALID_PATH = /[^\x21-\xff]/;
const INVALID_HEADER_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

function headerLine(name: string, value: string): string {
  if (INVALID_HEADER_VALUE.test(value))
    throw new TypeError(`the header ${name} has characters that a request cannot contain`);
  return `${name}: ${value}\r\n`;
}
