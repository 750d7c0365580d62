import { createHash } from "node:crypto";
import { BOUNDS } from "../bounds.ts";
import { type PasswordHash, parsePasswordHash } from "../contract/password-hash.ts";
import type { UserSettings } from "../contract/settings.ts";
import { decoyHash, verifyPassword } from "./password-hash.ts";

/** What became of a sign-in; `busy`: too many passwords are being verified. */
export type PasswordCheck =
  | { readonly kind: "right"; readonly user: UserSettings }
  | { readonly kind: "wrong" }
  | { readonly kind: "busy" };

/**
 * The users of `auth:` and their passwords. At most `passwordHashesMax` are verified at once, since each takes its memory,
 * and `passwordsWaitingMax` wait.
 */
export class Passwords {
  readonly #verify: typeof verifyPassword;
  #users: ReadonlyMap<string, UserSettings> = new Map();
  #decoy: PasswordHash = decoyHash();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(users: readonly UserSettings[], verify = verifyPassword) {
    this.#verify = verify;
    this.configure(users);
  }

  /** Replaces the users. */
  configure(users: readonly UserSettings[]): void {
    this.#users = new Map(users.map((user) => [user.name, user]));
    const first = users[0] === undefined ? null : parsePasswordHash(users[0].passwordHash);
    this.#decoy = first === null ? decoyHash() : decoyHash(first);
  }

  get isConfigured(): boolean {
    return this.#users.size > 0;
  }

  /** The user of this name; null for an unknown one. */
  user(name: string): UserSettings | null {
    return this.#users.get(name) ?? null;
  }

  /** Verifies a password; a name that is unknown takes the same time. */
  async check(name: string, password: string): Promise<PasswordCheck> {
    const user = this.user(name);
    const hash = user === null ? null : parsePasswordHash(user.passwordHash);
    if (!(await this.#acquire())) return { kind: "busy" };
    try {
      const isRight = await this.#verify(password, hash ?? this.#decoy);
      return user !== null && hash !== null && isRight ? { kind: "right", user } : { kind: "wrong" };
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Waits for a place; false where too many wait already. */
  async #acquire(): Promise<boolean> {
    if (this.#running >= BOUNDS.passwordHashesMax) {
      if (this.#waiting.length >= BOUNDS.passwordsWaitingMax) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
    return true;
  }
}

/** Changes with the password, and says nothing of it. */
export function passwordFingerprint({ passwordHash }: UserSettings): string {
  return createHash("sha256").update(passwordHash).digest("base64url");
}
