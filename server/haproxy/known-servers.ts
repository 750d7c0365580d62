import type { ServerView } from "../contract/view.ts";
import type { ServerLocation, ServerLocations } from "./servers-state.ts";

/** A server as it was last read. */
export interface KnownServer {
  readonly backend: string;
  readonly view: ServerView;
  /** When the answer was asked for that this view was read from. */
  readonly readAt: number;
  /** Its `addr` column as it stands: empty at level user, and where there is no address. */
  readonly addr: string;
  readonly location: ServerLocation;
  /** The servers' states that its place was found in last; null for none. */
  verifiedLocations: ServerLocations | null;
  /** Words in its row that no HAProxy up to 3.5 has. */
  readonly unknownWords: readonly string[];
  /** It is what KnownServers has for its name. */
  current: boolean;
  /** Number of the last table that it was met in. */
  lastTableNumber: number;
}

/** The servers of an instance as they were last read. Changed only by tables that were found good. */
export class KnownServers {
  readonly #backends = new Map<string, Map<string, KnownServer>>();
  #size = 0;

  serversOf(backend: string): ReadonlyMap<string, KnownServer> | undefined {
    return this.#backends.get(backend);
  }

  /** How many there are, in one backend or in all. */
  count(backend: string | null): number {
    return backend === null ? this.#size : (this.#backends.get(backend)?.size ?? 0);
  }

  /** These are all there is. */
  replace(rows: readonly KnownServer[]): void {
    for (const servers of this.#backends.values()) for (const known of servers.values()) known.current = false;
    this.#backends.clear();
    this.#size = 0;
    this.update(rows);
  }

  /** These are newer; the others stay as they were. */
  update(rows: readonly KnownServer[]): void {
    for (const known of rows) if (!known.current) this.#put(known);
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
