import type { SenderStatus } from "../contract/config-status.ts";
import { isLoopbackHost } from "../contract/listen.ts";
import type { Principal, Scope } from "../contract/principal.ts";
import type { AccessRequest } from "./access-request.ts";
import {
  type AccessDecision,
  type Admission,
  ANONYMOUS,
  type AnonymousPolicy,
  checkMediaType,
  decide,
  deny,
  isSafe,
} from "./admit.ts";
import { isIpAddress, parseAuthority } from "./authority.ts";
import { type Authenticator, type Identity, NO_IDENTITY } from "./identity.ts";
import type { Tokens } from "./tokens.ts";
import { type FleetFacts, FULL_VISIBILITY, type Visibility, visibilityOf } from "./visibility.ts";

/** An admission with what is needed to end what it permitted. */
export type Grant = Extract<Admission, { ok: true }> & {
  /** False once the sender would not be admitted again: its credential is expired, revoked or changed. */
  isHeld(): boolean;
};

/** The one decision about who may come in, for REST, both streams, the metrics and ingest. */
export interface AccessGuard {
  /** 421 unless `Host` is an address, localhost, the name of public-url or one of allowed-hosts: any other name that resolves to this machine may be DNS rebinding. */
  checkHost(request: Pick<AccessRequest, "host">): AccessDecision;
  /** 403 for a foreign `Origin`; a client that sends none is no browser. Relies on `checkHost`. */
  checkOrigin(request: Pick<AccessRequest, "host" | "origin" | "isSecure">): AccessDecision;
  /**
   * Checks Host, the Origin of a write and of a stream, the credential, its scope, the CSRF token of a session, and that a
   * write is JSON. 401 where the credential is missing, unknown or expired, 403 where its scope does not suffice.
   */
  admit(request: AccessRequest, scope: Scope): Promise<Grant | Extract<AccessDecision, { ok: false }>>;
  /** Checks Host, Origin and media type of a write that needs no identity, such as a sign-in. */
  checkWrite(request: AccessRequest): AccessDecision;
  /** Who sends a request of any method, and what the sender may do. */
  describeSender(request: AccessRequest): Promise<SenderStatus>;
  /** What an admitted sender sees. */
  visibilityOf(principal: Principal): Visibility;
  /** True where responses depend on who asks. */
  readonly dependsOnSender: boolean;
}

const HOST_REFUSED =
  "The Host header must be an address, localhost, the name in `public-url`, or one of `allowed-hosts`.";
const ORIGIN_REFUSED =
  "The Origin header names another site. Behind a reverse proxy, set `public-url` to the address of the page, or add its host to `allowed-hosts`.";
const READ_ONLY = deny(
  403,
  "This listener serves reading only: other machines reach it without TLS and `auth` (`listen-insecurely`).",
);
const ALLOWED: AccessDecision = { ok: true };

/** Settings of the guard; `publicUrl` is null where it is not configured. */
export interface AccessSettings {
  readonly listenHost: string;
  /** Refuses every write, also those with a token; absent: false. */
  readonly isReadOnly?: boolean;
  readonly publicUrl: string | null;
  /** Host names in lower case. */
  readonly allowedHosts: readonly string[];
  /** Absent: none are configured. */
  readonly tokens?: Tokens;
  /** Absent: everything is visible to all. */
  readonly fleet?: FleetFacts;
  /** Further ways to prove an identity, asked in this order where a request has no token. */
  readonly authenticators?: readonly Authenticator[];
}

/** Makes the guard of one listener. */
export function createAccessGuard(settings: AccessSettings): AccessGuard {
  const publicOrigin = settings.publicUrl === null ? null : new URL(settings.publicUrl);
  const publicName = publicOrigin === null ? null : (parseAuthority(publicOrigin.host)?.name ?? null);
  const allowedHosts = new Set(settings.allowedHosts);
  const isOpen = !isLoopbackHost(settings.listenHost);
  const { tokens, isReadOnly = false, authenticators = [] } = settings;
  const all: readonly Authenticator[] = tokens === undefined ? authenticators : [tokens, ...authenticators];

  function checkHost(request: Pick<AccessRequest, "host">): AccessDecision {
    const name = request.host === undefined ? null : parseAuthority(request.host)?.name;
    if (name === null || name === undefined) return deny(421, HOST_REFUSED);
    const isKnown = isIpAddress(name) || name === "localhost" || name === publicName || allowedHosts.has(name);
    return isKnown ? ALLOWED : deny(421, HOST_REFUSED);
  }

  function checkOrigin(request: Pick<AccessRequest, "host" | "origin" | "isSecure">): AccessDecision {
    if (request.origin === undefined) return ALLOWED;
    const origin = parseOrigin(request.origin);
    if (origin !== null) {
      if (publicOrigin !== null && origin.origin === publicOrigin.origin) return ALLOWED;
      // A page of plain http can be changed on the way.
      if (request.isSecure && origin.protocol !== "https:") return deny(403, ORIGIN_REFUSED);
      if (request.host !== undefined && sameHost(origin, request.host)) return ALLOWED;
      if (allowedHosts.has(origin.hostname)) return ALLOWED;
    }
    return deny(403, ORIGIN_REFUSED);
  }

  async function identify(request: AccessRequest): Promise<Identity> {
    for (const authenticator of all) {
      const identity = await authenticator.identify(request);
      if (identity.kind !== "none") return identity;
    }
    return NO_IDENTITY;
  }

  function policy(): AnonymousPolicy {
    return {
      mayRead: !all.some(({ isRequired }) => isRequired),
      writeRefused: all.some(({ isConfigured }) => isConfigured)
        ? deny(401, "A write needs the token of an operator: Authorization: Bearer TOKEN.")
        : isReadOnly
          ? READ_ONLY
          : isOpen
            ? deny(403, "This listener is open to other machines: a write needs a token, see `auth`.")
            : null,
    };
  }

  async function admit(request: AccessRequest, scope: Scope): ReturnType<AccessGuard["admit"]> {
    const host = checkHost(request);
    if (!host.ok) return host;
    if (isReadOnly && !isSafe(request)) return READ_ONLY;
    const origin = scope === "stream" || !isSafe(request) ? checkOrigin(request) : ALLOWED;
    if (!origin.ok) return origin;
    const identity = await identify(request);
    const admission = decide(request, identity, scope, policy());
    if (!admission.ok) return admission;
    const isHeld = (): boolean =>
      identity.kind === "known" ? identity.isHeld() : decide(request, identity, scope, policy()).ok;
    return { ...admission, isHeld };
  }

  function checkWrite(request: AccessRequest): AccessDecision {
    if (isReadOnly) return READ_ONLY;
    const decisions = [checkHost(request), checkOrigin(request), checkMediaType(request) ?? ALLOWED];
    return decisions.find(({ ok }) => !ok) ?? ALLOWED;
  }

  async function describeSender(request: AccessRequest): Promise<SenderStatus> {
    const identity = await identify(request);
    const write = { ...request, method: "POST", contentType: "application/json" };
    const csrfToken = identity.kind === "known" ? identity.csrfToken : null;
    const decision = isReadOnly
      ? READ_ONLY
      : decide({ ...write, csrfToken: csrfToken ?? undefined }, identity, "write", policy());
    const principal = identity.kind === "known" ? identity.principal : decision.ok ? decision.principal : ANONYMOUS;
    const { name, role, via, instances, teams, expiresAt } = principal;
    const mayRead = decide({ ...request, method: "GET" }, identity, "read", policy()).ok;
    return {
      tokensRequired: all.some(({ isConfigured }) => isConfigured),
      name,
      role,
      via,
      scopes: mayRead ? principal.scopes : [],
      instances,
      teams,
      canRead: mayRead,
      canWrite: decision.ok,
      detail: decision.ok ? null : decision.detail,
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      csrfToken,
    };
  }

  return {
    checkHost,
    checkOrigin,
    admit,
    checkWrite,
    describeSender,
    visibilityOf: (principal) =>
      settings.fleet === undefined ? FULL_VISIBILITY : visibilityOf(principal, settings.fleet),
    get dependsOnSender() {
      return all.some(({ isConfigured }) => isConfigured);
    },
  };
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
