import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { CommitOutcome, Store, WriteBatch } from "../contract/store.ts";
import { type LogName, moveToLog, type Planned, resolveConflict, toBatch } from "./commit-batch.ts";
import type { PendingUnit } from "./pending-writes.ts";

/** How a commit ended: the store's outcome, or `failed` where it is unknown. */
export type CommitResult = CommitOutcome["kind"] | "failed";

export interface CommitterParts {
  readonly store: Pick<Store, "commit">;
  readonly log: LogName;
  /** Where the log stands in the store; 0 for a new one. */
  readonly lastSeq: number;
  /** Incidents that the store has and this process continues. */
  readonly incidents: readonly IncidentRecord[];
  readonly clock: Clock;
  /** Name of another log, remembered in the data directory. */
  readonly replaceLog: () => string;
  /** Called where the store has lost a part of the log. */
  readonly onLost: () => void;
  readonly planEnd: (ended: IncidentRecord) => Planned;
  /** Called with each result; `error` where it failed. */
  readonly onResult: (result: CommitResult, error: Error | null) => void;
}

/** Writes one unit after another, each until the store has it. */
export class Committer {
  readonly #parts: CommitterParts;
  #log: LogName;
  #nextSeq: number;
  #hasWritten = false;
  /** Of the incidents that may still change, in the order of their last write. */
  readonly #versions = new Map<string, number>();

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#log = parts.log;
    this.#nextSeq = parts.lastSeq + 1;
    for (const { id, version } of parts.incidents) this.#versions.set(id, version);
  }

  /** Resolves with true once the store has the unit, with false once `signal` is aborted before. The unit has at least one event. */
  async commit(unit: PendingUnit, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#parts;
    const sentAt = Math.round(clock.wall());
    let batch = toBatch(unit, this.#log, this.#nextSeq, this.#versions, sentAt, !this.#hasWritten);
    for (let failures = 0; !signal.aborted; ) {
      const outcome = await this.#attempt(batch);
      if (outcome?.kind === "applied" || outcome?.kind === "repeated") {
        this.#recordStored(batch, outcome.seq);
        return true;
      }
      const next = outcome === null ? null : this.#remake(batch, outcome);
      if (next !== null) batch = next;
      // The first remade batch is tried at once.
      if (next === null || failures > 0) {
        await sleep(clock, Math.min(BOUNDS.storeRetryMaxMs, BOUNDS.storeRetryMinMs * 2 ** failures), signal);
      }
      failures += 1;
    }
    return false;
  }

  /** Null where the outcome is unknown. */
  async #attempt(batch: WriteBatch): Promise<CommitOutcome | null> {
    const { store, onResult } = this.#parts;
    try {
      const outcome = await store.commit(batch);
      const superseded =
        outcome.kind === "superseded" ? new Error(`another haprobe writes as ${this.#log.vantage}`) : null;
      onResult(outcome.kind, superseded);
      return outcome;
    } catch (error) {
      onResult("failed", error instanceof Error ? error : new Error(String(error)));
      return null;
    }
  }

  /** The batch that fits what the store has; null where the same one has to be tried again. */
  #remake(batch: WriteBatch, outcome: CommitOutcome): WriteBatch | null {
    const { clock, replaceLog, planEnd, onLost } = this.#parts;
    if (outcome.kind === "conflict") {
      return resolveConflict(batch, outcome.current, Math.round(clock.wall()), planEnd);
    }
    if (outcome.kind !== "gap") return null;
    // The store lost a part of the log, or another process wrote into it: its numbers may not be given out twice.
    this.#log = { ...this.#log, logId: replaceLog() };
    onLost();
    return moveToLog(batch, this.#log);
  }

  #recordStored(batch: WriteBatch, seq: number): void {
    this.#nextSeq = seq + 1;
    this.#hasWritten = true;
    for (const { record } of batch.incidents) {
      this.#versions.delete(record.id);
      this.#versions.set(record.id, record.version);
    }
    for (const id of this.#versions.keys()) {
      if (this.#versions.size <= BOUNDS.serversMax + BOUNDS.incidentsKept) break;
      this.#versions.delete(id);
    }
  }
}
