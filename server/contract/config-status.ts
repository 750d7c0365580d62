import type { Principal, Role, Scope } from "./principal.ts";

/** The configuration in force, and what became of the last attempt to replace it. */
export interface ConfigStatus {
  /** As `haprobe config print` shows it, without secrets. */
  readonly text: string;
  readonly loadedAt: string;
  /** Keys whose new value takes effect at a restart. */
  readonly needsRestart: readonly string[];
  /** A newer configuration that was refused; null where the last one is in force. */
  readonly refused: { readonly at: string; readonly errors: readonly string[] } | null;
}

/** Reads the configuration in force. */
export interface ConfigReader {
  status(): ConfigStatus;
  /** Reads the files again and applies them; what is wrong with them is in the status then. */
  reload(): Promise<void>;
}

/** A default address of HAProxy's stats, and what was found there. */
export interface TriedAddress {
  /** As in `stats:`. */
  readonly stats: string;
  /** `no such file`, `connection refused`. */
  readonly result: string;
}

/** The sender of a request, and what it may do. */
export interface SenderStatus {
  /** Whether a write needs a proof of who sends it: a token, a session. */
  readonly tokensRequired: boolean;
  /** Name and role of the token or user; null without one that is known. */
  readonly name: string | null;
  readonly role: Role | null;
  readonly via: Principal["via"];
  /** Empty where it has to sign in first. */
  readonly scopes: readonly Scope[];
  /** Patterns of the instances and the teams that it sees; null: all. */
  readonly instances: readonly string[] | null;
  readonly teams: readonly string[] | null;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  /** Why it may not write; null where it may. */
  readonly detail: string | null;
  /** When it has to prove its name again; null: at no set time. */
  readonly expiresAt: string | null;
  /** What a write by a session carries in `x-csrf-token`; null for other senders. */
  readonly csrfToken: string | null;
}
