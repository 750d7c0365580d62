import type { SenderStatus } from "../contract/config-status.ts";
import type { TokenHolder, Tokens } from "./tokens.ts";
import { isIpAddress, isLoopback, parseAuthority } from "./authority.ts";

/** The parts of a request that the guard checks, as the client sent them. */
export interface AccessRequest {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly contentType: string | undefined;
}

/** A request that may be a write, with what speaks for its sender. */
export interface WriteRequest extends AccessRequest {
  readonly authorization: string | undefined;
  /** A proxy passed it on (`Forwarded`, `X-Forwarded-For` or the like): its sender is not on this machine. */
  readonly isForwarded: boolean;
}

/** Allowed, or the HTTP status and the sentence of the refusal. */
export type AccessDecision =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: number; readonly detail: string };

/** Allowed, and whose token permits it, null for none; or the refusal. */
export type WriteDecision =
  | { readonly ok: true; readonly holder: TokenHolder | null }
  | Extract<AccessDecision, { ok: false }>;

/** Checks that `http` and `push` make before anything else. */
export interface AccessGuard {
  /** 421 unless `Host` is an address, localhost, the name of public-url or one of allowed-hosts: any other name that resolves to this machine may be DNS rebinding. */
  checkHost(request: AccessRequest): AccessDecision;
  /** 403 for a foreign `Origin`; a client that sends none is no browser. Relies on `checkHost`. */
  checkOrigin(request: AccessRequest): AccessDecision;
  /**
   * 403 or 415 for a write with a foreign origin or without JSON. With tokens, 401 without one and 403 with a viewer's;
   * without any, 403 for what does not come from this machine.
   */
  checkWrite(request: WriteRequest): WriteDecision;
  /** Whose token a request of any method carries, and whether its sender may write. */
  describeSender(request: WriteRequest): SenderStatus;
}

const HOST_REFUSED =
  "The Host header must be an address, localhost, the name in `public-url`, or one of `allowed-hosts`.";
const ORIGIN_REFUSED =
  "The Origin header names another site. Behind a reverse proxy, set `public-url` to the address of the page, or add its host to `allowed-hosts`.";
const ALLOWED: AccessDecision = { ok: true };
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Settings of the guard; `publicUrl` is null where it is not configured. */
export interface AccessSettings {
  readonly listenHost: string;
  readonly publicUrl: string | null;
  /** Host names in lower case. */
  readonly allowedHosts: readonly string[];
  /** Absent: none are configured. */
  readonly tokens?: Tokens;
}

/** Makes the guard of one listener. */
export function createAccessGuard(settings: AccessSettings): AccessGuard {
  const publicOrigin = settings.publicUrl === null ? null : new URL(settings.publicUrl);
  const publicName = publicOrigin === null ? null : (parseAuthority(publicOrigin.host)?.name ?? null);
  const allowedHosts = new Set(settings.allowedHosts);
  const readOnly = !isLoopback(settings.listenHost);

  function checkHost(request: AccessRequest): AccessDecision {
    const name = request.host === undefined ? null : parseAuthority(request.host)?.name;
    if (name === null || name === undefined) return deny(421, HOST_REFUSED);
    const isKnown = isIpAddress(name) || name === "localhost" || name === publicName || allowedHosts.has(name);
    return isKnown ? ALLOWED : deny(421, HOST_REFUSED);
  }

  function checkOrigin(request: AccessRequest): AccessDecision {
    if (request.origin === undefined) return ALLOWED;
    const origin = parseOrigin(request.origin);
    if (origin !== null) {
      if (publicOrigin !== null && origin.origin === publicOrigin.origin) return ALLOWED;
      if (request.host !== undefined && sameHost(origin, request.host)) return ALLOWED;
      if (allowedHosts.has(origin.hostname)) return ALLOWED;
    }
    return deny(403, ORIGIN_REFUSED);
  }

  function checkWrite(request: WriteRequest): WriteDecision {
    if (SAFE_METHODS.has(request.method)) return { ok: true, holder: null };
    const origin = checkOrigin(request);
    if (!origin.ok) return origin;
    const sender = checkSender(request);
    if (!sender.ok) return sender;
    // Without a CORS preflight a page of another site can send forms and plain text, but not JSON.
    const mediaType = request.contentType?.split(";")[0]?.trim().toLowerCase();
    if (mediaType !== "application/json") return deny(415, "A write must have content-type application/json.");
    return sender;
  }

  function checkSender({ authorization, isForwarded }: WriteRequest): WriteDecision {
    if (settings.tokens?.areRequired === true) {
      const holder = settings.tokens.authenticate(authorization);
      if (holder === null) return deny(401, "A write needs the token of an operator: Authorization: Bearer TOKEN.");
      return holder.role === "operator"
        ? { ok: true, holder }
        : deny(403, `The token of ${holder.name} may only read.`);
    }
    if (readOnly) return deny(403, "This listener is open to other machines: a write needs a token, see `auth`.");
    if (isForwarded) return deny(403, "The request comes through a proxy: a write needs a token, see `auth`.");
    return { ok: true, holder: null };
  }

  function describeSender(request: WriteRequest): SenderStatus {
    const tokensRequired = settings.tokens?.areRequired === true;
    const holder = tokensRequired ? (settings.tokens?.authenticate(request.authorization) ?? null) : null;
    const sender = checkSender(request);
    return {
      tokensRequired,
      name: holder?.name ?? null,
      role: holder?.role ?? null,
      canWrite: sender.ok,
      detail: sender.ok ? null : sender.detail,
    };
  }

  return { checkHost, checkOrigin, checkWrite, describeSender };
}

function deny(status: number, detail: string): Extract<AccessDecision, { ok: false }> {
  return { ok: false, status, detail };
}

/** Reads an `Origin` header; null for `null` and for anything else that is no web origin. */
function parseOrigin(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : null;
}

/** Behind a proxy that terminates TLS the scheme is unknown, so the origin's scheme gives the default port of `Host`. */
function sameHost(origin: URL, hostHeader: string): boolean {
  const candidate = `${origin.protocol}//${hostHeader}`;
  return parseAuthority(hostHeader) !== null && URL.canParse(candidate) && new URL(candidate).host === origin.host;
}
