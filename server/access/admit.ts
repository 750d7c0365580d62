import { timingSafeEqual } from "node:crypto";
import { ROLE_SCOPES, type Principal, type Scope } from "../contract/principal.ts";
import type { AccessRequest } from "./access-request.ts";
import type { Identity, KnownIdentity } from "./identity.ts";

/** Allowed, or the HTTP status and the sentence of the refusal. */
export type AccessDecision =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: number; readonly detail: string };

export type Refusal = Extract<AccessDecision, { ok: false }>;

/** Admitted as `principal`, or the refusal. */
export type Admission = { readonly ok: true; readonly principal: Principal } | Refusal;

/** What a sender that proved nothing may do. */
export interface AnonymousPolicy {
  readonly mayRead: boolean;
  /** Null where it may write from this machine, else why it may not. */
  readonly writeRefused: Refusal | null;
}

type DecidedRequest = Pick<AccessRequest, "method" | "isForwarded" | "contentType" | "csrfToken">;

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Decides about a request whose Host and Origin are allowed: of REST, a stream, the metrics or ingest. */
export function decide(request: DecidedRequest, identity: Identity, scope: Scope, policy: AnonymousPolicy): Admission {
  if (identity.kind === "refused") return deny(401, identity.detail);
  if (identity.kind === "unavailable") return deny(503, identity.detail);
  if (identity.kind === "none") return decideAnonymous(request, scope, policy);
  const { principal } = identity;
  if (!principal.scopes.includes(scope)) return deny(403, describeMissing(principal, scope));
  if (!isSafe(request) && !hasCsrfToken(request, identity)) {
    return deny(403, "A write by a session needs its CSRF token in x-csrf-token: GET /api/v1/session has it.");
  }
  return checkForm(request, scope) ?? { ok: true, principal };
}

/** True for a method that changes nothing. */
export function isSafe({ method }: Pick<AccessRequest, "method">): boolean {
  return SAFE_METHODS.has(method);
}

export function deny(status: number, detail: string): Refusal {
  return { ok: false, status, detail };
}

/** A sender that proved nothing. */
export const ANONYMOUS: Principal = {
  name: null,
  role: null,
  via: "none",
  scopes: ROLE_SCOPES.viewer,
  seesDetails: true,
  instances: null,
  teams: null,
  vantage: null,
  expiresAt: null,
};

/** On this machine alone it may do what an admin may. */
const LOCAL: Principal = { ...ANONYMOUS, scopes: ROLE_SCOPES.admin };

function decideAnonymous(request: DecidedRequest, scope: Scope, policy: AnonymousPolicy): Admission {
  if (scope === "ingest") return deny(401, "A vantage sends its token: Authorization: Bearer TOKEN.");
  if (ANONYMOUS.scopes.includes(scope) && isSafe(request)) {
    return policy.mayRead
      ? { ok: true, principal: policy.writeRefused === null && !request.isForwarded ? LOCAL : ANONYMOUS }
      : deny(401, "Sign in, or send a token: Authorization: Bearer TOKEN.");
  }
  if (policy.writeRefused !== null)
    return isSafe(request) ? describeNeeded(scope, policy.writeRefused) : policy.writeRefused;
  if (request.isForwarded) return deny(403, "The request comes through a proxy: a write needs a token, see `auth`.");
  return checkForm(request, scope) ?? { ok: true, principal: LOCAL };
}

/** Without a CORS preflight a page of another site can send forms and plain text, but not JSON. */
export function checkMediaType({ contentType }: Pick<AccessRequest, "contentType">): Refusal | null {
  const mediaType = contentType?.split(";")[0]?.trim().toLowerCase();
  return mediaType === "application/json" ? null : deny(415, "A write must have content-type application/json.");
}

/** A vantage sends its own media type, and its token needs a preflight by itself. */
function checkForm(request: DecidedRequest, scope: Scope): Refusal | null {
  return isSafe(request) || scope === "ingest" ? null : checkMediaType(request);
}

function hasCsrfToken({ csrfToken }: DecidedRequest, identity: KnownIdentity): boolean {
  if (identity.csrfToken === null) return true;
  const [given, known] = [Buffer.from(csrfToken ?? ""), Buffer.from(identity.csrfToken)];
  return given.length === known.length && timingSafeEqual(given, known);
}

function describeNeeded(scope: Scope, { status }: Refusal): Refusal {
  return deny(status, `This needs the scope ${scope}: sign in, or send a token.`);
}

function describeMissing({ name, via, role }: Principal, scope: Scope): string {
  const holder = via === "token" ? `The token of ${name}` : `${name}`;
  return scope === "write" && role === "viewer" ? `${holder} may only read.` : `${holder} has no scope ${scope}.`;
}
