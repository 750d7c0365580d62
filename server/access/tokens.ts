import { createHash, timingSafeEqual } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { type Principal, ROLE_SCOPES } from "../contract/principal.ts";
import type { AuthSettings, TokenSettings } from "../contract/settings.ts";
import type { AccessRequest } from "./access-request.ts";
import { type Authenticator, type Identity, NO_IDENTITY } from "./identity.ts";

const UNKNOWN: Identity = { kind: "refused", detail: "The token is not known." };

type TokenAuth = Pick<AuthSettings, "reading" | "tokens">;

/** The tokens of `auth:`. Files are read again at most twice a second, so that a token can be replaced without a restart. */
export class Tokens implements Authenticator {
  readonly #clock: Clock;
  #settings: TokenAuth = { reading: "open", tokens: [] };
  #digests: readonly (Buffer | null)[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, settings: TokenAuth) {
    this.#clock = clock;
    this.configure(settings);
  }

  /** Replaces the tokens. */
  configure(settings: TokenAuth): void {
    this.#settings = settings;
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  get isConfigured(): boolean {
    return this.#settings.tokens.length > 0;
  }

  get isRequired(): boolean {
    return this.#settings.reading === "signed-in";
  }

  /** Reads `Authorization: Bearer`. Takes the same time for every wrong token. */
  identify({ authorization }: Pick<AccessRequest, "authorization">): Identity {
    // Without tokens the header may be meant for a proxy in between.
    if (authorization === undefined || !this.isConfigured) return NO_IDENTITY;
    const token = /^bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined || token.length > BOUNDS.tokenMaxChars) return UNKNOWN;
    const digest = sha256(token);
    const entry = this.#find(digest);
    if (entry === null) return UNKNOWN;
    if (this.#isExpired(entry)) return { kind: "refused", detail: `The token of ${entry.name} has expired.` };
    const isHeld = (): boolean => isDeepStrictEqual(this.#find(digest), entry) && !this.#isExpired(entry);
    return { kind: "known", principal: toPrincipal(entry), csrfToken: null, isHeld };
  }

  #isExpired({ expires }: TokenSettings): boolean {
    return expires !== null && this.#clock.wall() >= expires;
  }

  #find(digest: Buffer): TokenSettings | null {
    this.#refresh();
    let found: TokenSettings | null = null;
    this.#digests.forEach((known, index) => {
      const entry = this.#settings.tokens[index];
      if (known !== null && entry !== undefined && timingSafeEqual(known, digest)) found ??= entry;
    });
    return found;
  }

  #refresh(): void {
    const now = this.#clock.now();
    if (now - this.#readAt < BOUNDS.tokenFileCheckEveryMs) return;
    this.#readAt = now;
    this.#digests = this.#settings.tokens.map(({ tokenFile, tokenHash }) =>
      tokenFile === null ? parseHash(tokenHash ?? "") : toDigest(readToken(tokenFile)),
    );
  }
}

function toPrincipal({ name, role, scopes, instances, teams, expires, vantage }: TokenSettings): Principal {
  return {
    name,
    role,
    via: "token",
    scopes: scopes ?? (role === null ? [] : ROLE_SCOPES[role]),
    seesDetails:
      role === null ? (scopes?.some((scope) => scope === "write" || scope === "admin") ?? false) : role !== "viewer",
    instances,
    teams,
    expiresAt: expires,
    vantage,
  };
}

/** A file holds the token itself or its hash. */
function toDigest(text: string | null): Buffer | null {
  return text === null ? null : (parseHash(text) ?? sha256(text));
}

function parseHash(text: string): Buffer | null {
  const digits = /^sha256:([0-9a-f]{64})$/.exec(text)?.[1];
  return digits === undefined ? null : Buffer.from(digits, "hex");
}

/** The token in this file; null where it cannot be read, is too short to be a secret, or is too long. */
function readToken(path: string): string | null {
  try {
    // A FIFO in place of the file must not block.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = fstatSync(file);
      if (!status.isFile() || status.size > BOUNDS.tokenMaxChars) return null;
      const token = readFileSync(file, "utf8").trim();
      return token.length < BOUNDS.tokenMinChars ? null : token;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
