/** The parts of an HTTP request that name its target. */
export interface TargetedRequest {
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly headersDistinct: NodeJS.Dict<string[]>;
}

/** Path with query, and the host that the request addresses; or the sentence of a 400. */
export type RequestTarget =
  | { readonly kind: "target"; readonly path: string; readonly host: string | undefined }
  | { readonly kind: "bad"; readonly detail: string };

/** Reads the target of a request: one Host header, and a path or an absolute http URL, whose host wins (RFC 9112, 3.2). */
export function readRequestTarget({ url = "", httpVersion, headersDistinct }: TargetedRequest): RequestTarget {
  const hosts = headersDistinct["host"] ?? [];
  if (hosts.length > 1) return { kind: "bad", detail: "A request has one Host header." };
  if (hosts.length === 0 && httpVersion !== "1.0") {
    return { kind: "bad", detail: "An HTTP/1.1 request has a Host header." };
  }
  if (url.startsWith("/")) return { kind: "target", path: url, host: hosts[0] };
  const absolute = /^https?:\/\//i.test(url) ? URL.parse(url) : null;
  if (absolute === null) return { kind: "bad", detail: "The request target cannot be read." };
  return { kind: "target", path: absolute.pathname + absolute.search, host: absolute.host };
}
