import { isIpAddress, isLoopback, parseAuthority } from "./authority.ts";

/** What is asked of the guards: the request's own words, as they came. */
export interface AccessRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly contentType: string | undefined;
}

/** Allowed, or the HTTP status and the sentence that refuse. */
export type AccessDecision =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: number; readonly detail: string };

/** Who may do what: `http` and `push` ask it before anything else. */
export interface AccessGuard {
  /** 421 unless `Host` is an address, localhost or the name of public-url: a foreign name that leads here is DNS rebinding. */
  checkHost(request: AccessRequest): AccessDecision;
  /** 403 for an `Origin` that is not ours; a client that sends none is no browser. Asks `Host` to have passed. */
  checkOrigin(request: AccessRequest): AccessDecision;
  /** 403 or 415 for a request that would change something: foreign origin, read-only listener, or not JSON. */
  checkWrite(request: AccessRequest): AccessDecision;
}

const ALLOWED: AccessDecision = { ok: true };
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Makes the guards of a listener on `listenHost`; `publicUrl` is where people reach it, null where nobody said. */
export function createAccessGuard(settings: { listenHost: string; publicUrl: string | null }): AccessGuard {
  const publicOrigin = settings.publicUrl === null ? null : new URL(settings.publicUrl);
  const publicName = publicOrigin === null ? null : (parseAuthority(publicOrigin.host)?.name ?? null);
  const readOnly = !isLoopback(settings.listenHost);

  function checkHost(request: AccessRequest): AccessDecision {
    const host = request.host === undefined ? null : parseAuthority(request.host);
    if (host !== null && (isIpAddress(host.name) || host.name === "localhost" || host.name === publicName)) {
      return ALLOWED;
    }
    return deny(421, "The Host header must be an address, localhost, or the name in `public-url`.");
  }

  function checkOrigin(request: AccessRequest): AccessDecision {
    if (request.origin === undefined) return ALLOWED;
    const origin = parseOrigin(request.origin);
    if (origin !== null) {
      if (publicOrigin !== null && origin.origin === publicOrigin.origin) return ALLOWED;
      if (request.host !== undefined && sameHost(origin, request.host)) return ALLOWED;
    }
    return deny(403, "The Origin header names another site.");
  }

  function checkWrite(request: AccessRequest): AccessDecision {
    if (SAFE_METHODS.has(request.method)) return ALLOWED;
    const origin = checkOrigin(request);
    if (!origin.ok) return origin;
    if (readOnly) return deny(403, "This listener is read-only: it is open to other machines.");
    // A page of another site can send forms and plain text without asking first, but never JSON.
    const mediaType = request.contentType?.split(";")[0]?.trim().toLowerCase();
    if (mediaType !== "application/json") return deny(415, "A write must have content-type application/json.");
    return ALLOWED;
  }

  return { checkHost, checkOrigin, checkWrite };
}

function deny(status: number, detail: string): AccessDecision {
  return { ok: false, status, detail };
}

/** An `Origin` header; null for `null` and for anything that is no web origin. */
function parseOrigin(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : null;
}

/** Behind a proxy that ends TLS our own scheme is unknown, so the origin's decides which port a bare `Host` means. */
function sameHost(origin: URL, hostHeader: string): boolean {
  const candidate = `${origin.protocol}//${hostHeader}`;
  return parseAuthority(hostHeader) !== null && URL.canParse(candidate) && new URL(candidate).host === origin.host;
}
