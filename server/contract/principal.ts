import type { VantageName } from "./vantage.ts";

/** What a request may ask for: the metrics, data, a stream of it, a write, the administration, a vantage's events. */
export const SCOPES = ["metrics", "read", "stream", "write", "admin", "ingest"] as const;
export type Scope = (typeof SCOPES)[number];

/** A viewer reads, an operator also acknowledges, silences and resends, an admin also reloads and reads the audit log. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

const READING: readonly Scope[] = ["metrics", "read", "stream"];

/** The scopes of each role. */
export const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: READING,
  operator: [...READING, "write"],
  admin: [...READING, "write", "admin"],
};

/** Which instances may be seen: patterns of their names, and values of their label `team`; null: all of them. */
export interface Reach {
  readonly instances: readonly string[] | null;
  readonly teams: readonly string[] | null;
}

/** The sender of an admitted request. */
export interface Principal extends Reach {
  /** Null where nothing was proved. */
  readonly name: string | null;
  /** Null for a token that has scopes in place of a role, and for a sender that proved nothing. */
  readonly role: Role | null;
  /** How it proved its name. */
  readonly via: "none" | "token" | "session" | "proxy" | "certificate";
  readonly scopes: readonly Scope[];
  /** False: bodies, URLs, details and quoted lines of the configuration are left out. */
  readonly seesDetails: boolean;
  /** The vantage whose events it may append; null: of none. */
  readonly vantage: VantageName | null;
  /** When the proof ends, in milliseconds since 1970; null: at no set time. */
  readonly expiresAt: number | null;
}
