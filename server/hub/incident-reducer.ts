import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { Rounds } from "../rounds.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type {
  ClaimedRow,
  IncidentWrite,
  OutboxDraft,
  Store,
  StoredPosition,
  TimerWrite,
  VantageVerdict,
  WriteBatch,
} from "../contract/store.ts";
import { vantageKey } from "../contract/vantage.ts";
import { readRecentlyEnded } from "../history/recently-ended.ts";
import type { VantageRow } from "../judge/read-vantage-word.ts";
import { parseFault, reduceFault } from "../judge/reduce-fault.ts";

export interface IncidentReducerParts {
  readonly store: Pick<
    Store,
    "claim" | "commit" | "settle" | "faultVerdicts" | "positions" | "openIncidents" | "incidents" | "incident"
  >;
  readonly clock: Clock;
  /** Names this process in leases. */
  readonly holder: string;
  readonly createId: (at: number, seed: string) => string;
  /** Messages and timers that follow from an event about an incident. */
  readonly plan: (event: MonitorEvent) => {
    readonly outbox: readonly OutboxDraft[];
    readonly timers: readonly TimerWrite[];
  };
  /** Called with timers that have been stored. */
  readonly onTimersStored: (timers: readonly TimerWrite[]) => void;
  /** Called where the store fails, at most once until it works again. */
  readonly onStoreFailure: (error: unknown) => void;
}

/** The id of an incident until it is known that one opens. */
const OPENING = "";

/** What is read once for a round of faults; `now` is the store's clock. */
interface Situation {
  readonly verdicts: readonly VantageVerdict[];
  readonly positions: ReadonlyMap<string, StoredPosition>;
  readonly open: ReadonlyMap<string, IncidentRecord>;
  readonly now: number;
}

/** The result of one claim, before it is committed. */
interface Planned {
  readonly claim: ClaimedRow;
  readonly incidents: readonly IncidentWrite[];
  readonly outbox: readonly OutboxDraft[];
  readonly timers: readonly TimerWrite[];
}

/**
 * Reduces what all vantages in a database say to incidents: claims faults whose timer `merge` is due, and commits the
 * incident with its alert timers and the end of the claim. Any number of hubs may do so over one database.
 */
export class IncidentReducer {
  readonly #parts: IncidentReducerParts;
  readonly #rounds: Rounds;
  readonly #stopping = new AbortController();
  #isFailing = false;

  constructor(parts: IncidentReducerParts) {
    this.#parts = parts;
    this.#rounds = new Rounds(
      parts.clock,
      () => this.#look(),
      () => (this.#isFailing ? BOUNDS.alertStoreRetryMs : BOUNDS.hubMergeEveryMs),
    );
  }

  start(): void {
    this.#rounds.wakeIn(0);
  }

  /** Something that concerns a fault was committed. */
  wake(): void {
    this.#rounds.wakeIn(0);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#rounds.stop();
  }

  async #look(): Promise<void> {
    try {
      while (this.#rounds.isWanted && !this.#stopping.signal.aborted) {
        this.#rounds.isWanted = false;
        if (await this.#round()) this.#rounds.isWanted = true;
      }
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#parts.onStoreFailure(error);
      this.#isFailing = true;
    }
  }

  /** True if there may be more. */
  async #round(): Promise<boolean> {
    const { store, holder } = this.#parts;
    const limit = BOUNDS.hubFaultsAtOnce;
    const claims = await store.claim({ of: "timer", kinds: ["merge"], holder, limit, leaseMs: BOUNDS.hubMergeLeaseMs });
    if (claims.length === 0) return false;
    const situation = await this.#read(claims.map(subjectOf));
    const planned: Planned[] = [];
    // In one order everywhere, so that two transactions do not wait for each other's rows.
    for (const claim of claims.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
      planned.push(await this.#plan(claim, situation));
    await this.#commit(planned);
    return claims.length === limit;
  }

  async #read(faults: readonly string[]): Promise<Situation> {
    const { store, clock } = this.#parts;
    const [verdicts, positions, open] = await Promise.all([
      store.faultVerdicts(faults),
      store.positions(),
      store.openIncidents(faults),
    ]);
    const [first] = positions;
    return {
      verdicts,
      positions: new Map(positions.map((position) => [vantageKey(position), position])),
      open: new Map(open.map((record) => [fingerprintOf(record), record])),
      now: first === undefined ? clock.wall() : first.heardAt + first.heardAgoMs,
    };
  }

  async #plan(claim: ClaimedRow, { verdicts, positions, open, now }: Situation): Promise<Planned> {
    const { plan, store } = this.#parts;
    const fingerprint = subjectOf(claim);
    const fault = parseFault(fingerprint);
    if (fault === null) return { claim, incidents: [], outbox: [], timers: [] };
    const known = open.get(fingerprint) ?? null;
    const rows = rowsOf(fingerprint, known, verdicts, positions);
    const said = { rows, vantages: [...positions.values()] };
    let before = known;
    let step = reduceFault(fault, known, said, now, () => OPENING);
    // One that ended lately goes on under its id.
    if (known === null && step.record !== null) {
      const recent = await readRecentlyEnded(store, now);
      before = recent.find((each) => fingerprintOf(each) === fingerprint) ?? null;
      const id = before === null ? await this.#createId(fingerprint, rows, now) : OPENING;
      step = reduceFault(fault, before, said, now, () => id);
    }
    const { record, event, againInMs } = step;
    const again: TimerWrite[] = againInMs === null ? [] : [{ kind: "merge", subject: fingerprint, dueInMs: againInMs }];
    if (record === null || record === before) return { claim, incidents: [], outbox: [], timers: again };
    const follows =
      event === null
        ? null
        : plan({ type: event, id: record.id, seq: record.version, at: Math.round(now), incident: record });
    return {
      claim,
      incidents: [{ record, fingerprint, expectedVersion: before?.version ?? 0 }],
      outbox: follows?.outbox ?? [],
      timers: [...again, ...(follows?.timers ?? [])],
    };
  }

  /**
   * The same id wherever the same mismatch opens an incident, also after a fail-over that lost it; another one where an
   * incident of that id has ended.
   */
  async #createId(fingerprint: string, rows: readonly VantageRow[], now: number): Promise<string> {
    const { store, createId } = this.#parts;
    const beganAt = Math.min(
      ...rows.flatMap(({ verdict }) => (verdict.fault === fingerprint ? verdict.beganAt : [])),
      now,
    );
    const id = createId(beganAt, fingerprint);
    return (await store.incident(id)) === null ? id : createId(now, fingerprint);
  }

  /** All at once; where one of them cannot be, each by itself. */
  async #commit(planned: readonly Planned[]): Promise<void> {
    const { store, onTimersStored } = this.#parts;
    const outcome = await store.commit(toBatch(planned));
    if (outcome.kind === "applied") {
      const timers = planned.flatMap((each) => each.timers).filter(({ kind }) => kind !== "merge");
      if (timers.length > 0) onTimersStored(timers);
      return;
    }
    if (planned.length > 1) {
      for (const each of planned) await this.#commit([each]);
      return;
    }
    const [only] = planned;
    if (only === undefined || outcome.kind !== "conflict") return;
    // A person has changed the incident meanwhile: it is reduced again from there.
    const { of, id, attempt } = only.claim;
    const result = { sent: false, durationMs: 0, status: null, error: null };
    await store.settle({ of, id, attempt, ...result, retryInMs: BOUNDS.hubMergeRetryMs });
  }
}

/** The rows of the servers that have the fault, or are members of its incident. */
function rowsOf(
  fingerprint: string,
  known: IncidentRecord | null,
  verdicts: readonly VantageVerdict[],
  positions: ReadonlyMap<string, StoredPosition>,
): readonly VantageRow[] {
  const servers = new Set(
    known?.members.map(({ site, instance, backend, server }) => JSON.stringify([site, instance, backend, server])),
  );
  const keyOf = ({ server: { site, instance, backend, server } }: VantageVerdict): string =>
    JSON.stringify([site, instance, backend, server]);
  for (const verdict of verdicts) if (verdict.fault === fingerprint) servers.add(keyOf(verdict));
  return verdicts
    .filter((verdict) => servers.has(keyOf(verdict)))
    .map((verdict) => ({ verdict, position: positions.get(vantageKey(verdict.by)) ?? null }));
}

function toBatch(planned: readonly Planned[]): WriteBatch {
  return {
    source: null,
    events: [],
    incidents: planned.flatMap(({ incidents }) => incidents),
    outbox: planned.flatMap(({ outbox }) => outbox),
    timers: planned.flatMap(({ timers }) => timers),
    done: planned.map(({ claim: { of, id, attempt } }) => ({ of, id, attempt })),
  };
}

function subjectOf({ row }: ClaimedRow): string {
  return (row as TimerWrite).subject;
}

/** As `faultOf` has it for the rows of vantages. */
function fingerprintOf({ network, verdict, subject }: Pick<IncidentRecord, "network" | "verdict" | "subject">): string {
  return `${network} ${verdict} ${subject}`;
}
