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

/**
 * Reads the target of a request: one Host header, and a path or an absolute http URL, whose host wins (RFC 9112, 3.2).
 * `basePath` such as `/haprobe` is taken off, for a reverse proxy that leaves it there.
 */
export function readRequestTarget(request: TargetedRequest, basePath = ""): RequestTarget {
  const { url = "", httpVersion, headersDistinct } = request;
  const hosts = headersDistinct["host"] ?? [];
  if (hosts.length > 1) return { kind: "bad", detail: "A request has one Host header." };
  if (hosts.length === 0 && httpVersion !== "1.0") {
    return { kind: "bad", detail: "An HTTP/1.1 request has a Host header." };
  }
  // Nothing has such a name, and PostgreSQL refuses a text with it.
  if (url.includes("%00")) return { kind: "bad", detail: "A request target has no NUL." };
  if (url.startsWith("/")) return { kind: "target", path: stripBasePath(url, basePath), host: hosts[0] };
  const absolute = /^https?:\/\//i.test(url) ? URL.parse(url) : null;
  if (absolute === null) return { kind: "bad", detail: "The request target cannot be read." };
  const path = stripBasePath(absolute.pathname + absolute.search, basePath);
  return { kind: "target", path, host: absolute.host };
}

/** Path of `public-url`, without its last slash; empty where it has none. */
export function basePathOf(publicUrl: string | null): string {
  return publicUrl === null ? "" : new URL(publicUrl).pathname.replace(/\/+$/, "");
}

function stripBasePath(path: string, basePath: string): string {
  if (basePath === "" || !path.startsWith(basePath)) return path;
  const rest = path.slice(basePath.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : path;
}
