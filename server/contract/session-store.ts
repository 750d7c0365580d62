/** A session as it is stored; times are milliseconds since 1970. */
export interface StoredSession {
  /** SHA-256 of the cookie's value, which is kept nowhere. */
  readonly id: string;
  readonly user: string;
  readonly createdAt: number;
  /** When it ends, unless it is used before. */
  readonly idleEndsAt: number;
  /** When it ends, whatever its use. */
  readonly endsAt: number;
  /** What it permits, as JSON. */
  readonly body: string;
}

/** Keeps sessions; methods reject while the store is away. */
export interface SessionStore {
  /** Adds a session; of one user the oldest go beyond `atMost`. */
  putSession(session: StoredSession, atMost: number): Promise<void>;
  /** Null for an unknown one. */
  session(id: string): Promise<StoredSession | null>;
  /** Moves the idle end on, of those that are there. */
  touchSession(id: string, idleEndsAt: number): Promise<void>;
  /** Those of these ids that are there. */
  heldSessions(ids: readonly string[]): Promise<readonly string[]>;
  endSession(id: string): Promise<void>;
}
