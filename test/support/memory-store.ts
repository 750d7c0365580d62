import type { IncidentRecord } from "../../server/contract/incident.ts";
import type {
  CommitOutcome,
  OutboxDraft,
  Store,
  StoredEvent,
  TimerWrite,
  WriteBatch,
} from "../../server/contract/store.ts";

/** The part of the port that writing needs, in memory, with faults on request. */
export class MemoryStore implements Pick<Store, "commit"> {
  readonly events: StoredEvent[] = [];
  readonly incidents = new Map<string, { readonly record: IncidentRecord; readonly fingerprint: string }>();
  readonly outbox = new Map<string, OutboxDraft>();
  readonly timers: TimerWrite[] = [];
  readonly batches: WriteBatch[] = [];
  readonly seqs = new Map<string, number>();
  /** What happens to the next commits: lost before or after they are applied, never answered, or answered so. */
  readonly faults: ("lost" | "applied-but-lost" | "hangs" | CommitOutcome)[] = [];
  #release: () => void = () => {};

  async commit(batch: WriteBatch): Promise<CommitOutcome> {
    // Plain data crosses to a store.
    const copy = structuredClone(batch);
    this.batches.push(copy);
    const fault = this.faults.shift();
    if (fault === "lost") throw new Error("the connection was lost");
    if (fault === "hangs") await new Promise<void>((resolve) => (this.#release = resolve));
    else if (typeof fault === "object") return fault;
    const outcome = this.#apply(copy);
    if (fault === "applied-but-lost") throw new Error("the answer was lost");
    return outcome;
  }

  /** Lets the commit that hangs go on. */
  release(): void {
    this.#release();
  }

  /** Types of all stored events but heartbeats, in their order. */
  types(): string[] {
    return this.events.map(({ type }) => type).filter((type) => type !== "heartbeat");
  }

  #apply(batch: WriteBatch): CommitOutcome {
    const { source } = batch;
    if (source === null) throw new Error("a batch of the monitor's events has a source");
    const seq = this.seqs.get(source.logId) ?? source.firstSeq - 1;
    if (seq >= source.lastSeq) return { kind: "repeated", seq };
    if (seq !== source.firstSeq - 1) return { kind: "gap", expectedSeq: seq + 1 };
    const current = this.#conflicts(batch);
    if (current.length > 0) return { kind: "conflict", current };
    this.seqs.set(source.logId, source.lastSeq);
    this.events.push(...batch.events);
    for (const { record, fingerprint } of batch.incidents) this.incidents.set(record.id, { record, fingerprint });
    for (const draft of batch.outbox) this.outbox.set(draft.id, draft);
    this.timers.push(...batch.timers);
    return { kind: "applied", seq: source.lastSeq };
  }

  #conflicts({ incidents }: WriteBatch): IncidentRecord[] {
    const ending = new Set(
      incidents.filter(({ record }) => record.state.kind === "ended").map(({ record }) => record.id),
    );
    return incidents.flatMap(({ record, fingerprint, expectedVersion }) => {
      const stored = this.incidents.get(record.id)?.record;
      if ((stored?.version ?? 0) !== expectedVersion) return stored ?? [];
      const holders = [...this.incidents.values()].filter(
        (each) =>
          each.fingerprint === fingerprint && each.record.state.kind !== "ended" && each.record.id !== record.id,
      );
      if (record.state.kind === "ended") return [];
      return holders.map((each) => each.record).filter(({ id }) => !ending.has(id));
    });
  }
}
