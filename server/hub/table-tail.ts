import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { Rounds } from "../rounds.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { Store, StoredPosition } from "../contract/store.ts";
import { type VantageFleet, isSilent } from "./vantage-fleet.ts";
import { vantageKey } from "../contract/vantage.ts";

export interface TableTailParts {
  readonly store: Pick<
    Store,
    "positions" | "verdictsAfter" | "openIncidentsPage" | "incidentsChangedSince" | "faultsOf" | "commit" | "onMoved"
  >;
  readonly fleet: VantageFleet;
  readonly clock: Clock;
  readonly onIncidents: (records: readonly IncidentRecord[]) => void;
  /** Called after each reading, and with the error of one that failed. */
  readonly onRead: (error: unknown) => void;
}

/** Follows the tables of all vantages: woken by what is committed, and once a second regardless. */
export class TableTail {
  readonly #parts: TableTailParts;
  readonly #rounds: Rounds;
  #unsubscribe: () => void = () => {};
  /** By the store's clock; null before the open incidents were read. */
  #incidentsReadAt: number | null = null;
  readonly #silent = new Map<string, boolean>();
  #isCurrent = false;

  constructor(parts: TableTailParts) {
    this.#parts = parts;
    this.#rounds = new Rounds(
      parts.clock,
      () => this.#read(),
      () => (this.#rounds.isWanted ? BOUNDS.hubTailSoonMs : BOUNDS.hubTailEveryMs),
    );
  }

  /** False while the database cannot be read. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  start(): void {
    this.#unsubscribe = this.#parts.store.onMoved(() => this.wake());
    this.#rounds.wakeIn(0);
  }

  /** Something was committed. */
  wake(): void {
    this.#rounds.wakeIn(BOUNDS.hubTailSoonMs);
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#rounds.stop();
  }

  async #read(): Promise<void> {
    this.#rounds.isWanted = false;
    try {
      const positions = await this.#parts.store.positions();
      this.#parts.fleet.keep(positions);
      for (const position of positions) await this.#readVantage(position);
      await this.#readIncidents(positions);
      await this.#reportSilence(positions);
      this.#isCurrent = true;
      this.#parts.onRead(null);
    } catch (error) {
      this.#isCurrent = false;
      this.#parts.onRead(error);
    }
  }

  async #readVantage(position: StoredPosition): Promise<void> {
    const { store, fleet } = this.#parts;
    const by = { site: position.site, vantage: position.vantage };
    let afterSeq = fleet.move(position);
    while (afterSeq !== null && !this.#rounds.isStopped) {
      const untilSeq = position.lastSeq;
      const events = await store.verdictsAfter({ by, afterSeq, untilSeq, atMost: BOUNDS.storeReadRows });
      const isLast = events.length < BOUNDS.storeReadRows;
      const readSeq = isLast ? untilSeq : (events.at(-1)?.seq ?? untilSeq);
      fleet.apply(by, events, readSeq);
      afterSeq = isLast ? null : readSeq;
    }
  }

  /** Commits of different transactions are not in the order of their times, so that some seconds are read twice. */
  async #readIncidents([first]: readonly StoredPosition[]): Promise<void> {
    const { store, onIncidents, clock } = this.#parts;
    const now = first === undefined ? clock.wall() : first.heardAt + first.heardAgoMs;
    if (this.#incidentsReadAt === null) {
      for (let cursor: string | null = null, isLast = false; !isLast; isLast = cursor === null) {
        const page: Awaited<ReturnType<Store["openIncidentsPage"]>> = await store.openIncidentsPage(
          cursor,
          BOUNDS.hubIncidentsRead,
        );
        onIncidents(page.rows);
        cursor = page.next;
      }
      this.#incidentsReadAt = now;
    }
    const since = this.#incidentsReadAt - BOUNDS.hubOverlapMs;
    onIncidents(await store.incidentsChangedSince(since, BOUNDS.hubIncidentsRead));
    this.#incidentsReadAt = now;
  }

  /** A vantage that falls silent, or is heard again, changes what is said of its servers. */
  async #reportSilence(positions: readonly StoredPosition[]): Promise<void> {
    const { store } = this.#parts;
    const known = new Set(positions.map(vantageKey));
    for (const key of this.#silent.keys()) if (!known.has(key)) this.#silent.delete(key);
    for (const position of positions) {
      const key = vantageKey(position);
      const before = this.#silent.get(key);
      const silent = isSilent(position);
      if (before !== silent && before !== undefined) {
        const faults = await store.faultsOf({ site: position.site, vantage: position.vantage });
        const timers = faults.map((subject) => ({ kind: "merge", subject, dueInMs: 0 }) as const);
        const nothing = { source: null, events: [], incidents: [], outbox: [], done: [] };
        if (timers.length > 0) await store.commit({ ...nothing, timers });
      }
      this.#silent.set(key, silent);
    }
  }
}
