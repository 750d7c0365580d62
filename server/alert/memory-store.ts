import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Silence } from "../contract/alert-settings.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { Claim, ClaimedRow, OutboxAttempt, OutboxEntry, TimerWrite, WriteBatch } from "../contract/store.ts";
import type { AlertStore } from "./alert-store.ts";

interface OutboxRow {
  entry: OutboxEntry;
  leasedUntil: number;
  readonly attempts: OutboxAttempt[];
}

interface TimerRow {
  readonly timer: TimerWrite;
  dueAt: number;
  leasedUntil: number;
  attempt: number;
}

/** The outbox, timers and silences where there is no data directory: they end with this process. */
export class MemoryStore implements AlertStore {
  readonly #clock: Clock;
  readonly #onDrop: () => void;
  /** In the order in which they were made. */
  readonly #outbox = new Map<string, OutboxRow>();
  readonly #timers = new Map<string, TimerRow>();
  readonly #incidents = new Map<string, IncidentRecord>();
  /** Ids of those that have ended, the oldest first. */
  readonly #ended = new Set<string>();
  readonly #silences = new Map<string, Silence>();

  /** `onDrop` is called for each waiting message that is dropped because there is no room. */
  constructor(clock: Clock, onDrop: () => void) {
    this.#clock = clock;
    this.#onDrop = onDrop;
  }

  commit({ incidents, outbox, timers, done }: WriteBatch): ReturnType<AlertStore["commit"]> {
    if (!done.every((claim) => this.#isCurrent(claim))) return Promise.resolve({ kind: "superseded" });
    for (const claim of done) this.#end(claim);
    for (const { record } of incidents) this.#keepIncident(record);
    const now = this.#clock.wall();
    for (const { dueInMs, ...draft } of outbox) {
      if (this.#outbox.has(draft.id)) continue;
      const entry: OutboxEntry = { ...draft, status: "waiting", madeAt: now, dueAt: now + dueInMs, attempts: 0 };
      this.#outbox.set(draft.id, { entry, leasedUntil: 0, attempts: [] });
    }
    for (const timer of timers) this.#setTimer(timer);
    this.#makeRoom();
    return Promise.resolve({ kind: "applied", seq: 0 });
  }

  claim({ of, limit, leaseMs, exceptChannels = [] }: Parameters<AlertStore["claim"]>[0]): Promise<ClaimedRow[]> {
    const now = this.#clock.wall();
    const claimed: ClaimedRow[] = [];
    if (of === "timer") {
      for (const [id, row] of this.#timers) {
        if (claimed.length >= limit) break;
        if (row.dueAt > now || row.leasedUntil > now) continue;
        row.leasedUntil = now + leaseMs;
        row.attempt += 1;
        claimed.push({ of, id, attempt: row.attempt, leaseMs, row: { ...row.timer, dueInMs: 0 } });
      }
      return Promise.resolve(claimed);
    }
    const lanes = new Set<string>();
    for (const row of this.#outbox.values()) {
      const { entry } = row;
      if (claimed.length >= limit) break;
      if (entry.status !== "waiting" || lanes.has(entry.lane)) continue;
      lanes.add(entry.lane);
      if (entry.dueAt > now || row.leasedUntil > now || exceptChannels.includes(entry.channel)) continue;
      row.leasedUntil = now + leaseMs;
      row.entry = { ...entry, attempts: entry.attempts + 1 };
      const { id, lane, n, incident, channel, kind, body } = entry;
      const draft = { id, lane, n, incident, channel, kind, body, dueInMs: 0 };
      claimed.push({ of, id, attempt: row.entry.attempts, leaseMs, row: draft });
    }
    return Promise.resolve(claimed);
  }

  settle(result: Parameters<AlertStore["settle"]>[0]): Promise<boolean> {
    if (!this.#isCurrent(result)) return Promise.resolve(false);
    const { of, id, attempt, sent, superseded = false, retryInMs, durationMs, status, error } = result;
    if (of === "timer") {
      this.#end(result);
      return Promise.resolve(true);
    }
    const row = this.#outbox.get(id);
    if (row === undefined) return Promise.resolve(false);
    const now = this.#clock.wall();
    row.leasedUntil = 0;
    if (sent) row.entry = { ...row.entry, status: "sent" };
    else if (superseded) row.entry = { ...row.entry, status: "superseded" };
    else if (retryInMs === null) row.entry = { ...row.entry, status: "failed" };
    else row.entry = { ...row.entry, dueAt: now + retryInMs };
    row.attempts.push({ attempt, at: now, durationMs, status, error });
    if (row.attempts.length > ATTEMPTS_KEPT) row.attempts.shift();
    return Promise.resolve(true);
  }

  lane(lane: string, limit: number): Promise<OutboxEntry[]> {
    const rows = [...this.#outbox.values()].filter(({ entry }) => entry.lane === lane);
    return Promise.resolve(
      rows
        .map(({ entry }) => entry)
        .toReversed()
        .slice(0, limit),
    );
  }

  notifications(query: Parameters<AlertStore["notifications"]>[0]): ReturnType<AlertStore["notifications"]> {
    const { channel, status, cursor, limit } = query;
    const rows = [...this.#outbox.values()].map(({ entry }) => entry).toReversed();
    const start = cursor === null ? 0 : rows.findIndex(({ id }) => id === cursor) + 1;
    // A message that is gone meanwhile was among the oldest.
    if (cursor !== null && start === 0) return Promise.resolve({ rows: [], next: null });
    const matching = rows
      .slice(start)
      .filter((entry) => (channel ?? entry.channel) === entry.channel && (status ?? entry.status) === entry.status);
    const page = matching.slice(0, limit);
    return Promise.resolve({ rows: page, next: matching.length > limit ? (page.at(-1)?.id ?? null) : null });
  }

  notification(id: string): ReturnType<AlertStore["notification"]> {
    const row = this.#outbox.get(id);
    return Promise.resolve(row === undefined ? null : { entry: row.entry, attempts: [...row.attempts] });
  }

  resend(id: string): Promise<boolean> {
    const row = this.#outbox.get(id);
    if (row === undefined || row.entry.status === "waiting") return Promise.resolve(false);
    row.entry = { ...row.entry, status: "waiting", dueAt: this.#clock.wall() };
    row.leasedUntil = 0;
    return Promise.resolve(true);
  }

  outboxBacklog(): ReturnType<AlertStore["outboxBacklog"]> {
    const waiting = [...this.#outbox.values()].filter(({ entry }) => entry.status === "waiting");
    return Promise.resolve({ waiting: waiting.length, oldestMadeAt: waiting[0]?.entry.madeAt ?? null });
  }

  silences(at: number): Promise<Silence[]> {
    return Promise.resolve([...this.#silences.values()].filter(({ until, endedAt }) => (endedAt ?? until) > at));
  }

  putSilence(silence: Silence): Promise<void> {
    this.#silences.set(silence.id, silence);
    for (const id of this.#silences.keys()) {
      if (this.#silences.size <= BOUNDS.silencesMax) break;
      this.#silences.delete(id);
    }
    return Promise.resolve();
  }

  /** All that are open, in one page: they are in this process anyway. */
  openIncidentsPage(): ReturnType<AlertStore["openIncidentsPage"]> {
    const rows = [...this.#incidents.values()].filter(({ state }) => state.kind !== "ended");
    return Promise.resolve({ rows, next: null });
  }

  incident(id: string): Promise<IncidentRecord | null> {
    return Promise.resolve(this.#incidents.get(id) ?? null);
  }

  #isCurrent({ of, id, attempt }: Claim): boolean {
    if (of === "timer") return this.#timers.get(id)?.attempt === attempt;
    const entry = this.#outbox.get(id)?.entry;
    return entry?.status === "waiting" && entry.attempts === attempt;
  }

  #end({ of, id }: Claim): void {
    if (of === "timer") this.#timers.delete(id);
  }

  #setTimer(timer: TimerWrite): void {
    const id = `${timer.kind}/${timer.subject}`;
    if (timer.dueInMs === null) {
      this.#timers.delete(id);
      return;
    }
    const now = this.#clock.wall();
    const before = this.#timers.get(id);
    const dueAt = now + timer.dueInMs;
    if (before !== undefined && before.leasedUntil <= now && before.dueAt <= dueAt) return;
    this.#timers.set(id, { timer, dueAt, leasedUntil: 0, attempt: (before?.attempt ?? 0) + 1 });
  }

  #keepIncident(record: IncidentRecord): void {
    const { id, state } = record;
    this.#incidents.set(id, record);
    this.#ended.delete(id);
    if (state.kind === "ended") this.#ended.add(id);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= BOUNDS.incidentsKept) return;
      this.#ended.delete(oldest);
      this.#incidents.delete(oldest);
    }
  }

  /** What was sent goes first. */
  #makeRoom(): void {
    for (const isRemovable of [(row: OutboxRow) => row.entry.status !== "waiting", () => true]) {
      for (const [id, row] of this.#outbox) {
        if (this.#outbox.size <= BOUNDS.alertOutboxKept) return;
        if (!isRemovable(row)) continue;
        this.#outbox.delete(id);
        if (row.entry.status === "waiting") this.#onDrop();
      }
    }
  }
}

/** Attempts kept per message: the newest. */
const ATTEMPTS_KEPT = 100;
