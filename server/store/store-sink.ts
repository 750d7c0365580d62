import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { IncidentEvidence, IncidentRecord } from "../contract/incident.ts";
import type { FaultReporter, SyncEventSink } from "../contract/ports.ts";
import { serverKey, type ServerKey } from "../contract/server-key.ts";
import type { ServerStatus } from "../contract/status.ts";
import type { StoreStatus } from "../contract/store-status.ts";
import type { MismatchBody, Store, StoredServerName, TimerWrite } from "../contract/store.ts";
import type { VantageStatus } from "../contract/vantage.ts";
import type { LogName, Planned } from "./commit-batch.ts";
import { Committer } from "./committer.ts";
import { CountedTraffic } from "./counted-traffic.ts";
import { PendingWrites } from "./pending-writes.ts";
import { RecordedVerdicts } from "./recorded-verdicts.ts";
import type { StoredState } from "./stored-state.ts";
import { type EventDraft, toEventDraft } from "./stored-event.ts";

/** Makes messages and timers of an event; pure and quick, since it runs with the judgement. */
export type Plan = (event: MonitorEvent) => Planned;

export interface StoreSinkParts {
  readonly clock: Clock;
  readonly plan: Plan;
  /** Called with the timers of a unit once the store has it. */
  readonly onTimersStored: (timers: readonly TimerWrite[]) => void;
  /** Absent: always. False where a hub reduces the incidents of all vantages, and plans what follows from them. */
  readonly keepsIncidents?: () => boolean;
  /** What this vantage says of itself; absent: no other one reads it. */
  readonly vantageStatus?: () => VantageStatus;
  /** The server object as it is now; null where the server is gone. */
  readonly readServer: (key: ServerKey) => ServerStatus | null;
  /** What an incident about a server would open with; absent: no hub reads it. */
  readonly readEvidence?: (key: ServerKey) => IncidentEvidence | null;
  /** Those of these servers that HAProxy, or the configuration, no longer has. */
  readonly listGone: (servers: readonly StoredServerName[]) => readonly StoredServerName[];
  /** Names another log and remembers it. */
  readonly replaceLog: () => string;
  /** Called where the store has lost a part: what holds is to be said once more. */
  readonly onLost: () => void;
  readonly faults: FaultReporter;
  /** Called where `status()` says something else than before that a person should know. */
  readonly onChange: () => void;
}

/**
 * Writes the monitor's events to a store: what follows from them in one transaction with them, batched, and merged in
 * memory while the store is slow or away. Never makes the monitor wait.
 */
export class StoreSink implements SyncEventSink {
  readonly name = "store";
  readonly #parts: StoreSinkParts;
  readonly #pending: PendingWrites;
  readonly #traffic = new CountedTraffic();
  readonly #stopping = new AbortController();
  readonly #dropped = { event: 0, incident: 0, message: 0 };
  readonly #commits = new Map<string, number>();
  #committer: Committer | null = null;
  #recorded: RecordedVerdicts | null = null;
  /** The unit that is being committed, and the promise of its end. */
  #running: Promise<void> | null = null;
  #inFlight = { events: 0, incidents: 0, messages: 0 };
  /** When the next unit is taken, and what cancels that. */
  #batch: { readonly at: number; readonly cancel: () => void } | null = null;
  /** An incident has opened since the last unit was taken: the next one is committed at once. */
  #isUrgent = false;
  #cancelHeartbeat: () => void = () => {};
  #heartbeatDue = false;
  /** Monotonic; since when something waits. */
  #waitingSince: number | null = null;
  /** Monotonic; when the store was open first. */
  #openedAt = Number.POSITIVE_INFINITY;
  #lastCommitAt: number | null = null;
  #error: string | null = null;
  #isSuperseded = false;

  constructor(parts: StoreSinkParts) {
    this.#parts = parts;
    this.#pending = new PendingWrites((kind, count) => {
      this.#dropped[kind] += count;
    });
    this.#beat();
  }

  apply(event: MonitorEvent): void {
    const { keepsIncidents = () => true, plan } = this.#parts;
    const draft = toEventDraft(event);
    if (draft !== null) for (const row of this.#recorded?.admit(draft) ?? [draft]) this.#pending.addEvent(row);
    if ("incident" in event) {
      for (const row of this.#traffic.takeMoved(event.incident, event.at)) this.#pending.addEvent(row);
      if (keepsIncidents()) this.#pending.addIncident(event.incident);
    }
    this.#isUrgent ||= event.type === "incident-opened";
    this.#schedule(this.#isUrgent ? 0 : BOUNDS.storeBatchEveryMs);
    if (!keepsIncidents()) return;
    const { outbox, timers } = plan(event);
    this.#pending.addPlanned(outbox, timers);
  }

  /** Begins to write: `stored` is what the store had before this process. */
  open(store: Pick<Store, "commit">, log: LogName, stored: StoredState): void {
    const { clock, replaceLog, onLost } = this.#parts;
    this.#committer = new Committer({
      store,
      log,
      lastSeq: stored.lastSeq,
      incidents: stored.incidents,
      clock,
      replaceLog,
      onLost,
      planEnd: (incident) => this.#planEnd(incident),
      onResult: (result, error) => this.#recordResult(result, error),
    });
    this.#openedAt = clock.now();
    const recorded = new RecordedVerdicts(stored.verdicts);
    this.#recorded = recorded;
    this.#pending.mapEvents((draft) =>
      draft.type === "started" ? [{ ...draft, heardBefore: stored.heardBefore }] : recorded.admit(draft),
    );
    if (!this.#pending.isEmpty) this.#schedule(0);
    this.#parts.onChange();
  }

  get isOpen(): boolean {
    return this.#committer !== null;
  }

  status(): StoreStatus {
    const { events, incidents, messages } = this.#pending;
    const { clock } = this.#parts;
    return {
      isOpen: this.isOpen,
      queued: {
        event: events + this.#inFlight.events,
        incident: incidents + this.#inFlight.incidents,
        message: messages + this.#inFlight.messages,
      },
      dropped: { ...this.#dropped },
      commits: Object.fromEntries(this.#commits),
      lastCommitAt: this.#lastCommitAt,
      behindMs: this.#waitingSince === null ? 0 : clock.now() - this.#waitingSince,
      error: this.#error,
      isSuperseded: this.#isSuperseded,
    };
  }

  /** Writes that this process ends, and all that waits, for at most `storeFlushMs`. */
  async stop(): Promise<void> {
    const { clock } = this.#parts;
    this.#cancelHeartbeat();
    this.#pending.addEvent({ type: "stopped", at: Math.round(clock.wall()), heardBefore: null });
    const cancelDeadline = clock.after(BOUNDS.storeFlushMs, () => this.#stopping.abort());
    if (this.#committer === null) this.#stopping.abort();
    while (!this.#stopping.signal.aborted && !(this.#pending.isEmpty && this.#running === null)) {
      await Promise.race([this.#flush(), abortOf(this.#stopping.signal)]);
    }
    this.#stopping.abort();
    cancelDeadline();
    this.#batch?.cancel();
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#parts.clock.after(BOUNDS.storeHeartbeatEveryMs, () => {
      this.#beat();
      this.#heartbeatDue = true;
      this.#addUnsaid();
      this.#schedule(0);
      this.#parts.onChange();
    });
  }

  /** Adds what no event of the monitor says: a server is without a judgement for a while, or is gone since the last run. */
  #addUnsaid(): void {
    const { clock, listGone } = this.#parts;
    const recorded = this.#recorded;
    if (recorded === null) return;
    const at = Math.round(clock.wall());
    for (const draft of recorded.takePending(at - BOUNDS.storeHeartbeatEveryMs)) this.#pending.addEvent(draft);
    if (clock.now() - this.#openedAt < BOUNDS.restoredMembersHeldMs) return;
    for (const server of recorded.takeGone(listGone)) {
      this.#pending.addEvent({ type: "server-removed", at, server, address: null });
    }
  }

  #schedule(inMs: number): void {
    const { clock } = this.#parts;
    this.#waitingSince ??= clock.now();
    if (this.#committer === null || this.#running !== null || this.#stopping.signal.aborted) return;
    const at = clock.now() + inMs;
    // Many events in a row do not postpone it.
    if (this.#batch !== null && this.#batch.at <= at) return;
    this.#batch?.cancel();
    this.#batch = { at, cancel: clock.after(inMs, () => void this.#flush()) };
  }

  /** Commits what waits now; resolves when that unit is stored, or given up at the stop. */
  #flush(): Promise<void> {
    this.#batch?.cancel();
    this.#batch = null;
    this.#running ??= this.#commitUnit().then(() => {
      this.#running = null;
      const isMore = !this.#pending.isEmpty;
      this.#waitingSince = isMore ? this.#parts.clock.now() : null;
      if (isMore) {
        const isAtOnce = this.#isUrgent || this.#pending.incidents > 0;
        this.#schedule(isAtOnce ? 0 : BOUNDS.storeBatchEveryMs);
      }
    });
    return this.#running;
  }

  /** Never rejects. */
  async #commitUnit(): Promise<void> {
    const { clock, faults, onTimersStored } = this.#parts;
    const unit = this.#pending.take();
    this.#isUrgent = false;
    const events = withBodies(unit.events, this.#parts);
    // Every unit has a number in the log, by which a repeated one is known again.
    if (events.length === 0 || this.#heartbeatDue) {
      events.push({ type: "heartbeat", at: Math.round(clock.wall()), heardBefore: null });
    }
    const status = this.#heartbeatDue || this.#commits.size === 0 ? this.#parts.vantageStatus?.() : undefined;
    this.#heartbeatDue = false;
    this.#inFlight = { events: events.length, incidents: unit.incidents.length, messages: unit.outbox.length };
    try {
      const isStored = await this.#committer?.commit(
        { ...unit, events, ...(status === undefined ? {} : { status }) },
        this.#stopping.signal,
      );
      if (isStored === true && unit.timers.length > 0) onTimersStored(unit.timers);
    } catch (error) {
      faults.recordFault({ part: "sink", name: this.name, error });
    }
    this.#inFlight = { events: 0, incidents: 0, messages: 0 };
  }

  /** What follows from the end of an incident that this process did not know. */
  #planEnd(incident: IncidentRecord): Planned {
    const { clock, plan, faults } = this.#parts;
    try {
      return plan({ type: "incident-ended", id: incident.id, seq: 0, at: Math.round(clock.wall()), incident });
    } catch (error) {
      faults.recordFault({ part: "sink", name: this.name, error });
      return { outbox: [], timers: [] };
    }
  }

  #recordResult(result: string, error: Error | null): void {
    this.#commits.set(result, (this.#commits.get(result) ?? 0) + 1);
    const before = this.#error;
    this.#isSuperseded = result === "superseded";
    if (result === "applied" || result === "repeated") {
      this.#lastCommitAt = this.#parts.clock.wall();
      this.#error = null;
    } else if (error !== null) {
      this.#error = error.message;
    }
    if (this.#error !== before) this.#parts.onChange();
  }
}

/** The newest verdict of each server, where it is a mismatch that still holds, gets the server object. */
function withBodies(
  events: readonly EventDraft[],
  { readServer, readEvidence }: Pick<StoreSinkParts, "readServer" | "readEvidence">,
): EventDraft[] {
  const seen = new Set<ServerKey>();
  const drafts = [...events];
  for (let index = drafts.length - 1; index >= 0; index -= 1) {
    const draft = drafts[index];
    if (draft?.type !== "verdict-changed") continue;
    const { judgement, server } = draft;
    const key = serverKey(server.instance, server.backend, server.server);
    if (seen.has(key)) continue;
    seen.add(key);
    // A hub reads of a failure that may be of the vantage's own path as well.
    if (judgement.phase === null && !(judgement.verdict === "unknown" && judgement.probeOutcome === "failed")) continue;
    const status = readServer(key);
    if (status?.verdict !== judgement.verdict || status.phase !== judgement.phase) continue;
    // An incident opens with a mismatch that is confirmed, or that another vantage confirms.
    const isOpening = judgement.phase === "confirmed" || judgement.phase === null;
    const evidence = isOpening ? (readEvidence?.(key) ?? null) : null;
    drafts[index] = { ...draft, body: toBody(status, evidence) };
  }
  return drafts;
}

/** Without the evidence where a hub would refuse it for its length. */
function toBody(status: ServerStatus, evidence: IncidentEvidence | null): string {
  if (evidence === null) return JSON.stringify(status);
  const body = JSON.stringify({ ...status, evidence } satisfies MismatchBody);
  return body.length <= BOUNDS.ingestBodyChars ? body : JSON.stringify(status);
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
