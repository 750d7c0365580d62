import type { ServerView } from "../contract/view.ts";
import type { ServerLocation, ServerLocations } from "./servers-state.ts";

const UPDATE_STEP_ROWS = 1_000;

/** A server as it was last parsed. */
export interface KnownServer {
  readonly backend: string;
  readonly view: ServerView;
  /** When the response with this view was requested, in monotonic milliseconds. */
  readonly readAt: number;
  /** Its raw `addr` column: empty at level user, and for a server without an address. */
  readonly addr: string;
  readonly location: ServerLocation;
  /** The last servers' state that confirmed its location; null for none. */
  verifiedLocations: ServerLocations | null;
  /** Status words in its row that no HAProxy up to 3.5 has. */
  readonly unknownWords: readonly string[];
  /** KnownServers holds this object for its name. */
  current: boolean;
  /** Number of the last table that had it. */
  lastTableNumber: number;
}

/** The servers of an instance as they were last parsed; updated only from tables that were accepted. */
export class KnownServers {
  readonly #backends = new Map<string, Map<string, KnownServer>>();
  #size = 0;

  serversOf(backend: string): ReadonlyMap<string, KnownServer> | undefined {
    return this.#backends.get(backend);
  }

  /** The servers of one backend, or of all. */
  *all(backend: string | null): Generator<KnownServer, void, void> {
    if (backend !== null) yield* this.#backends.get(backend)?.values() ?? [];
    else for (const servers of this.#backends.values()) yield* servers.values();
  }

  /** Number of servers in one backend, or in all. */
  count(backend: string | null): number {
    return backend === null ? this.#size : (this.#backends.get(backend)?.size ?? 0);
  }

  /** Removes all servers. */
  clear(): void {
    for (const servers of this.#backends.values()) for (const known of servers.values()) known.current = false;
    this.#backends.clear();
    this.#size = 0;
  }

  /** Adds or replaces these servers; the others stay. Yields after each thousand. */
  *update(rows: readonly KnownServer[]): Generator<void, void, void> {
    let count = 0;
    for (const known of rows) {
      if (!known.current) this.#put(known);
      if ((count += 1) % UPDATE_STEP_ROWS === 0) yield;
    }
  }

  #put(known: KnownServer): void {
    const { backend, view } = known;
    let servers = this.#backends.get(backend);
    if (servers === undefined) this.#backends.set(backend, (servers = new Map()));
    const before = servers.get(view.server);
    if (before === undefined) this.#size += 1;
    else before.current = false;
    servers.set(view.server, known);
    known.current = true;
  }
}
