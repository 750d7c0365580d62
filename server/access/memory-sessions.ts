import { BOUNDS } from "../bounds.ts";
import type { SessionStore, StoredSession } from "../contract/session-store.ts";

/** Sessions of a haprobe without a store: a restart ends them. At most `sessionsMax`; the oldest goes. */
export class MemorySessions implements SessionStore {
  readonly #sessions = new Map<string, StoredSession>();

  async putSession(session: StoredSession, atMost: number): Promise<void> {
    this.#sessions.set(session.id, session);
    const own: string[] = [];
    for (const { id, user } of this.#sessions.values()) if (user === session.user) own.push(id);
    for (const id of own.slice(0, Math.max(0, own.length - atMost))) this.#sessions.delete(id);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > BOUNDS.sessionsMax && oldest !== undefined) this.#sessions.delete(oldest);
  }

  async session(id: string): Promise<StoredSession | null> {
    return this.#sessions.get(id) ?? null;
  }

  async touchSession(id: string, idleEndsAt: number): Promise<void> {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#sessions.set(id, { ...session, idleEndsAt });
  }

  async heldSessions(ids: readonly string[]): Promise<readonly string[]> {
    return ids.filter((id) => this.#sessions.has(id));
  }

  async endSession(id: string): Promise<void> {
    this.#sessions.delete(id);
  }
}
