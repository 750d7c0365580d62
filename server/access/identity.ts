import type { Principal } from "../contract/principal.ts";
import type { AccessRequest } from "./access-request.ts";

/** What the credential of a request proves. `refused`: there is one that is unknown or expired. */
export type Identity =
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly detail: string }
  /** It cannot be read now whether it is known. */
  | { readonly kind: "unavailable"; readonly detail: string }
  | KnownIdentity;

export interface KnownIdentity {
  readonly kind: "known";
  readonly principal: Principal;
  /** The CSRF token that a write has to carry; null for a credential that no browser sends by itself. */
  readonly csrfToken: string | null;
  /** False once the credential is expired, revoked or changed. */
  isHeld(): boolean;
}

/** One way to prove an identity: tokens, sessions, a trusted proxy. */
export interface Authenticator {
  /** False where it can prove nothing, since nothing is configured. */
  readonly isConfigured: boolean;
  /** Where true, reading needs an identity. */
  readonly isRequired: boolean;
  identify(request: AccessRequest): Identity | Promise<Identity>;
}

export const NO_IDENTITY: Identity = { kind: "none" };
