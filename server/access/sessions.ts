import { createHash, createHmac, randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { type Principal, type Reach, type Role, ROLES, ROLE_SCOPES } from "../contract/principal.ts";
import type { SessionStore, StoredSession } from "../contract/session-store.ts";
import type { OidcSettings, SessionSettings, UserSettings } from "../contract/settings.ts";
import type { AccessRequest } from "./access-request.ts";
import { type Authenticator, type Identity, NO_IDENTITY } from "./identity.ts";
import { passwordFingerprint, type Passwords } from "./passwords.ts";
import type { RoleGrant } from "./role-map.ts";
import { SealedValues } from "./sealed-value.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** Why a session permits something: a user of the file with this password, or what an identity provider said. */
export type SessionSource =
  | { readonly kind: "user"; readonly fingerprint: string }
  | ({
      readonly kind: "provider";
      readonly role: Role;
      /** Of the provider's settings, with which the session ends. */
      readonly fingerprint: string;
      /** Where the user signs out at the provider, sealed by the cookie; null: nowhere. */
      readonly sealedSignOutUrl: string | null;
    } & Reach);

interface CachedSession {
  stored: StoredSession;
  readonly source: SessionSource;
  touchedAt: number;
}

const ID_BYTES = 32;

/**
 * Sessions of browsers. The cookie holds a random value, of which the store has the hash. A session ends after `idle`
 * without a request and without a stream, at the latest after `absolute`, with a sign-out, with the password and the user.
 */
export class Sessions implements Authenticator {
  readonly isRequired = false;
  readonly #clock: Clock;
  readonly #store: SessionStore;
  readonly #users: Passwords;
  readonly #cached = new Map<string, CachedSession>();
  /** Ended here, whether the store could be written or not. */
  readonly #ended = new Set<string>();
  readonly #isShared: boolean;
  #settings: SessionSettings;
  #providerFingerprint: string | null;
  #cancelRefresh: (() => void) | null = null;

  constructor(parts: {
    readonly clock: Clock;
    readonly store: SessionStore;
    /** Other processes end sessions of the same store. */
    readonly isShared: boolean;
    readonly users: Passwords;
    readonly settings: SessionSettings;
    /** The provider that signs users in; null or absent: none. */
    readonly provider?: OidcSettings | null;
  }) {
    this.#clock = parts.clock;
    this.#store = parts.store;
    this.#users = parts.users;
    this.#isShared = parts.isShared;
    this.#settings = parts.settings;
    this.#providerFingerprint = providerFingerprint(parts.provider ?? null);
  }

  get isConfigured(): boolean {
    return this.#users.isConfigured || this.#providerFingerprint !== null;
  }

  /** Replaces the lifetimes, for sessions that are opened or used from now on, and the provider: another one ends the sessions of its users. */
  configure(settings: SessionSettings, provider: OidcSettings | null = null): void {
    this.#settings = settings;
    this.#providerFingerprint = providerFingerprint(provider);
  }

  /** Opens the session of a user and ends that of the request; returns the value of the cookie. Rejects while the store is away. */
  openForUser(user: UserSettings, request: AccessRequest): Promise<string> {
    return this.#open(user.name, () => ({ kind: "user", fingerprint: passwordFingerprint(user) }), request);
  }

  /** The same for a user of the provider. */
  openForProviderUser(
    { name, grant, signOutUrl }: { name: string; grant: RoleGrant; signOutUrl: string | null },
    request: AccessRequest,
  ): Promise<string> {
    const fingerprint = this.#providerFingerprint ?? "";
    const sourceOf = (value: string): SessionSource => {
      const sealedSignOutUrl = signOutUrl === null ? null : sealedBy(value).seal({ url: signOutUrl });
      return { kind: "provider", ...grant, fingerprint, sealedSignOutUrl };
    };
    return this.#open(name, sourceOf, request);
  }

  async #open(user: string, sourceOf: (value: string) => SessionSource, request: AccessRequest): Promise<string> {
    await this.end(request);
    const value = randomBytes(ID_BYTES).toString("base64url");
    const source = sourceOf(value);
    const now = this.#clock.wall();
    const stored = {
      id: hashOf(value),
      user,
      createdAt: now,
      idleEndsAt: now + this.#settings.idleMs,
      endsAt: now + this.#settings.absoluteMs,
      body: JSON.stringify(source),
    };
    await this.#store.putSession(stored, BOUNDS.sessionsPerUserMax);
    // The oldest of the user may have ended.
    const own = [...this.#cached.values()]
      .filter((cached) => cached.stored.user === user)
      .map((each) => each.stored.id);
    await this.#keepHeld(own);
    this.#keep(stored, source);
    return value;
  }

  /** Ends the session of the request, if it has one. Rejects while the store is away; it is ended here all the same. */
  async end(request: AccessRequest): Promise<void> {
    const value = readSessionCookie(request);
    if (value === null) return;
    const id = hashOf(value);
    this.#cached.delete(id);
    this.#ended.add(id);
    const [oldest] = this.#ended;
    if (this.#ended.size > BOUNDS.sessionsMax && oldest !== undefined) this.#ended.delete(oldest);
    await this.#store.endSession(id);
    this.#ended.delete(id);
  }

  /** Where the user of this session signs out at the provider; null where there is no such session or address. */
  async signOutUrl(request: AccessRequest): Promise<string | null> {
    const value = readSessionCookie(request);
    const source = value === null ? null : (await this.#find(hashOf(value)).catch(() => null))?.source;
    if (value === null || source?.kind !== "provider" || source.sealedSignOutUrl === null) return null;
    return (sealedBy(value).open(source.sealedSignOutUrl) as { url: string } | null)?.url ?? null;
  }

  async identify(request: AccessRequest): Promise<Identity> {
    const value = this.isConfigured ? readSessionCookie(request) : null;
    if (value === null) return NO_IDENTITY;
    const id = hashOf(value);
    let cached: CachedSession | null;
    try {
      cached = await this.#find(id);
    } catch {
      return { kind: "unavailable", detail: "Sessions cannot be read now: the store is away." };
    }
    const principal = cached === null ? null : this.#principalOf(cached);
    if (cached === null || principal === null) return NO_IDENTITY;
    this.#touch(cached);
    const isHeld = (): boolean => {
      const held = this.#cached.get(id);
      if (held === undefined || !isDeepStrictEqual(this.#principalOf(held), principal)) return false;
      this.#touch(held);
      return true;
    };
    return { kind: "known", principal, csrfToken: csrfTokenOf(value), isHeld };
  }

  stop(): void {
    this.#cancelRefresh?.();
    this.#cancelRefresh = null;
  }

  async #find(id: string): Promise<CachedSession | null> {
    if (this.#ended.has(id)) return null;
    const cached = this.#cached.get(id);
    if (cached !== undefined && this.#isCurrent(cached.stored)) return cached;
    // Another process may have used it meanwhile.
    const stored = await this.#store.session(id);
    const source = stored === null ? null : parseSource(stored.body);
    if (stored === null || source === null || !this.#isCurrent(stored) || this.#ended.has(id)) {
      this.#cached.delete(id);
      return null;
    }
    return this.#keep(stored, source);
  }

  #keep(stored: StoredSession, source: SessionSource): CachedSession {
    const cached = { stored, source, touchedAt: this.#clock.wall() };
    this.#cached.set(stored.id, cached);
    const [oldest] = this.#cached.keys();
    if (this.#cached.size > BOUNDS.sessionsMax && oldest !== undefined) this.#cached.delete(oldest);
    if (this.#isShared) this.#cancelRefresh ??= this.#clock.after(BOUNDS.grantCheckEveryMs, () => void this.#refresh());
    return cached;
  }

  #isCurrent({ idleEndsAt, endsAt }: StoredSession): boolean {
    return this.#clock.wall() < Math.min(idleEndsAt, endsAt);
  }

  /** Null where the session permits nothing any more. */
  #principalOf({ stored, source }: CachedSession): Principal | null {
    if (!this.#isCurrent(stored)) return null;
    const user = source.kind === "user" ? this.#users.user(stored.user) : null;
    if (source.kind === "user" && (user === null || passwordFingerprint(user) !== source.fingerprint)) return null;
    if (source.kind === "provider" && source.fingerprint !== this.#providerFingerprint) return null;
    const grant = source.kind === "provider" ? source : user;
    if (grant === null) return null;
    const { role, instances, teams } = grant;
    return {
      name: stored.user,
      role,
      via: "session",
      scopes: ROLE_SCOPES[role],
      seesDetails: role !== "viewer",
      instances,
      teams,
      vantage: null,
      expiresAt: stored.endsAt,
    };
  }

  /** A store that is away keeps the end that it has. */
  #touch(cached: CachedSession): void {
    const now = this.#clock.wall();
    if (now - cached.touchedAt < BOUNDS.sessionTouchEveryMs) return;
    cached.touchedAt = now;
    cached.stored = { ...cached.stored, idleEndsAt: now + this.#settings.idleMs };
    this.#store.touchSession(cached.stored.id, cached.stored.idleEndsAt).catch(() => {});
  }

  async #refresh(): Promise<void> {
    await this.#keepHeld([...this.#cached.keys()]).catch(() => {});
    if (this.#cancelRefresh === null) return;
    this.#cancelRefresh =
      this.#cached.size === 0 ? null : this.#clock.after(BOUNDS.grantCheckEveryMs, () => void this.#refresh());
  }

  /** Forgets those of these that the store has no longer. */
  async #keepHeld(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const held = new Set(await this.#store.heldSessions(ids));
    for (const id of ids) if (!held.has(id)) this.#cached.delete(id);
  }
}

function hashOf(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/** Null for what no haprobe stored. */
function parseSource(body: string): SessionSource | null {
  try {
    const source = JSON.parse(body) as SessionSource | null;
    return source?.kind === "user" || (source?.kind === "provider" && ROLES.includes(source.role)) ? source : null;
  } catch {
    return null;
  }
}

/** Null where no provider signs users in. */
function providerFingerprint(provider: OidcSettings | null): string | null {
  return provider === null ? null : hashOf(JSON.stringify(provider));
}

/** By a key that only the browser has, so that the store alone does not reveal it. */
function sealedBy(value: string): SealedValues {
  return new SealedValues(createHmac("sha256", value).update("seal").digest());
}

/** Follows from the cookie's value, which no page can read. */
function csrfTokenOf(value: string): string {
  return createHmac("sha256", value).update("csrf").digest("base64url");
}
