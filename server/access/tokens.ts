import { createHash, timingSafeEqual } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { TokenRole, TokenSettings } from "../contract/settings.ts";

/** Whose token a request carries. */
export interface TokenHolder {
  readonly name: string;
  readonly role: TokenRole;
}

/** The tokens of `auth:`. Files are read again at most once a second, so that a token can be replaced without a restart. */
export class Tokens {
  readonly #clock: Clock;
  #settings: readonly TokenSettings[] = [];
  #digests: readonly (Buffer | null)[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, settings: readonly TokenSettings[]) {
    this.#clock = clock;
    this.configure(settings);
  }

  /** Replaces the tokens. */
  configure(settings: readonly TokenSettings[]): void {
    this.#settings = settings;
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** False where the configuration has no tokens. */
  get areRequired(): boolean {
    return this.#settings.length > 0;
  }

  /** The holder of the token in an `Authorization: Bearer` header; null for no token, and an unknown one. Takes the same time for every wrong token. */
  authenticate(authorization: string | undefined): TokenHolder | null {
    const token = /^bearer +([\w.~+/=-]+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined || token.length > BOUNDS.tokenMaxChars) return null;
    this.#refresh();
    const digest = sha256(token);
    let found: TokenHolder | null = null;
    this.#digests.forEach((known, index) => {
      const holder = this.#settings[index];
      if (known !== null && holder !== undefined && timingSafeEqual(known, digest)) found ??= holder;
    });
    return found;
  }

  #refresh(): void {
    const now = this.#clock.now();
    if (now - this.#readAt < BOUNDS.tokenFileCheckEveryMs) return;
    this.#readAt = now;
    this.#digests = this.#settings.map(({ tokenFile }) => {
      const token = readToken(tokenFile);
      return token === null ? null : sha256(token);
    });
  }
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
