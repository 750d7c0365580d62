import { isDeepStrictEqual } from "node:util";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { FaultReporter, StateChange, ChangeFeed, LiveState, PublishedState } from "../contract/ports.ts";
import type { InstanceName, ServerKey } from "../contract/server-key.ts";
import {
  CONTRACT_VERSION,
  type DeltaMessage,
  type FleetSummary,
  type InstanceStatus,
  type ServerStatus,
  type SnapshotMessage,
} from "../contract/status.ts";
import { createPublishedRows } from "./published-rows.ts";
import { runInSlices, type TaskCost } from "../slices.ts";
import { createRowJsonCache, type ServersMessage } from "./row-json-cache.ts";

const SWEEP_EVERY_MS = 1_000;
/** Rows that are read in one step, about 2 ms: steps of all tasks take turns, and a delta should not need many. */
const READ_STEP_ROWS = 50;

/** The published state, with its stop. */
export interface StatePublisher extends PublishedState {
  /** Ends timers and subscriptions; `snapshot()` keeps the last state. */
  stop(): void;
}

/**
 * Batches single changes into deltas, one per `publishEveryMs` on average; after a silence the first `publishBurst` wait
 * only `publishCoalesceMs`. A client that applies every delta after its snapshot has at each `seq` the same state as
 * `snapshot()`. `epoch` identifies this run of the process.
 */
export function createStatePublisher(parts: {
  live: LiveState;
  changes: ChangeFeed;
  clock: Clock;
  epoch: string;
  faults: FaultReporter;
}): StatePublisher {
  const { live, clock, epoch, faults } = parts;
  const rows = createPublishedRows();
  const dirty = new Set<ServerKey>();
  const listeners = new Set<(delta: DeltaMessage) => void>();
  const rowBytes = createRowJsonCache(clock);
  const whole = new WeakMap<ServersMessage, Uint8Array<ArrayBuffer>>();
  let seq = 0;
  let instances: ReadonlyMap<InstanceName, InstanceStatus> = instancesByName();
  let summary: FleetSummary = live.summary();
  let kept: SnapshotMessage | null = null;
  let order: readonly ServerKey[] | null = null;
  let timer: { at: number; cancel: () => void } | null = null;
  /** Burst credit used so far: each delta moves this time on by `publishEveryMs`. */
  let burstUsedUntil = Number.NEGATIVE_INFINITY;
  /** Something other than counters changed since the servers were counted last, and when they may be counted again. */
  let summaryMayDiffer = false;
  let summaryDueAt = Number.NEGATIVE_INFINITY;
  let isPublishing = false;
  let isStopped = false;
  /** The last delta was sent as JSON: rows of the next one are rendered while they are read. */
  let isRendered = false;
  for (const row of live.servers()) rows.put(row);

  function instancesByName(): Map<InstanceName, InstanceStatus> {
    return new Map(live.instances().map((instance) => [instance.name, instance]));
  }

  function onChange(change: StateChange): void {
    if (change.kind === "server" || change.kind === "server-removed") dirty.add(change.key);
    summaryMayDiffer = true;
    arm(BOUNDS.publishCoalesceMs);
  }

  /** Publishes in `withinMs`, or later where the burst credit is used up. */
  function arm(withinMs: number): void {
    if (isPublishing || isStopped) return;
    const now = clock.now();
    const at = Math.max(now + withinMs, burstUsedUntil - (BOUNDS.publishBurst - 1) * BOUNDS.publishEveryMs);
    if (timer !== null && timer.at <= at) return;
    timer?.cancel();
    timer = { at, cancel: clock.after(at - now, () => void publishChanges()) };
  }

  async function publishChanges(): Promise<void> {
    timer = null;
    isPublishing = true;
    const changes = new Map<ServerKey, ServerStatus | null>();
    try {
      await runInSlices(clock, BOUNDS.sliceMs, readChanges(changes));
      const summaryNow = summaryMayDiffer && clock.now() >= summaryDueAt ? await countServers() : summary;
      if (!isStopped) publish(changes, summaryNow);
    } catch (error) {
      summaryMayDiffer = true;
      // These follow with the next ones.
      for (const key of changes.keys()) dirty.add(key);
      faults.recordFault({ part: "publication", name: "", error });
      return;
    } finally {
      isPublishing = false;
    }
    if (dirty.size > 0) arm(BOUNDS.publishEveryMs);
    else if (summaryMayDiffer) arm(Math.max(BOUNDS.publishCoalesceMs, summaryDueAt - clock.now()));
  }

  /** Very many servers are counted less often: that takes one part in `summaryPauseFactor` of the time. */
  async function countServers(): Promise<FleetSummary> {
    summaryMayDiffer = false;
    const cost: TaskCost = { ms: 0 };
    const counted = await runInSlices(clock, BOUNDS.sliceMs, live.summaryInSteps(), cost);
    summaryDueAt = clock.now() + Math.min(cost.ms * BOUNDS.summaryPauseFactor, BOUNDS.passPauseMaxMs);
    return counted;
  }

  /** The current row; the published one stays where an error keeps it from being made. */
  function currentRow(key: ServerKey): ServerStatus | null | "unknown" {
    try {
      return live.server(key);
    } catch (error) {
      faults.recordFault({ part: "server", name: key, error });
      return "unknown";
    }
  }

  /** A moving counter is no change, so some rows are refreshed once a second. */
  function sweep(): void {
    const { tickingMismatchRowsPerSecond, tickingRowsPerSecond } = BOUNDS;
    for (const key of rows.takeRefreshKeys(tickingMismatchRowsPerSecond, tickingRowsPerSecond)) dirty.add(key);
    order = null;
    arm(BOUNDS.publishEveryMs);
    cancelSweep = clock.after(SWEEP_EVERY_MS, sweep);
  }

  /** Adds the rows of the next delta, null for servers that are gone; one that changes again follows in the delta after. */
  function* readChanges(changes: Map<ServerKey, ServerStatus | null>): Generator<void, void, void> {
    let looked = 0;
    for (const key of dirty) {
      if (looked === BOUNDS.deltaRowsMax) break;
      looked += 1;
      dirty.delete(key);
      const row = currentRow(key);
      if (row === "unknown") continue;
      if (row === null || rows.differs(row)) changes.set(key, row);
      if (row !== null && isRendered) rowBytes.renderRow(row);
      if (looked % READ_STEP_ROWS === 0) yield;
    }
  }

  function publish(changes: ReadonlyMap<ServerKey, ServerStatus | null>, summaryNow: FleetSummary): void {
    const instancesNow = instancesByName();
    const servers: ServerStatus[] = [];
    const removed: ServerKey[] = [];
    for (const [key, row] of changes) {
      if (row === null) {
        if (rows.remove(key)) removed.push(key);
        continue;
      }
      if (!rows.has(key)) order = null;
      rows.put(row);
      servers.push(row);
    }
    if (removed.length > 0) order = null;

    const before = instances;
    instances = instancesNow;
    const changedInstances = [...instances.values()].filter((now) => !isDeepStrictEqual(before.get(now.name), now));
    const removedInstances = [...before.keys()].filter((name) => !instances.has(name));
    const summaryBefore = summary;
    summary = summaryNow;
    const moved = servers.length + removed.length + changedInstances.length + removedInstances.length > 0;
    if (!moved && isDeepStrictEqual(summaryBefore, summary)) return;

    seq += 1;
    burstUsedUntil = Math.max(burstUsedUntil, clock.now()) + BOUNDS.publishEveryMs;
    kept = null;
    isRendered = false;
    emit({
      type: "delta",
      version: CONTRACT_VERSION,
      epoch,
      seq,
      servers,
      removed,
      instances: changedInstances,
      removedInstances,
      summary,
    });
  }

  function emit(delta: DeltaMessage): void {
    for (const listener of [...listeners]) {
      try {
        listener(delta);
      } catch (error) {
        faults.recordFault({ part: "publication", name: "", error });
      }
    }
  }

  function snapshot(): SnapshotMessage {
    if (kept !== null) return kept;
    order ??= [...live.keys()];
    kept = {
      type: "snapshot",
      version: CONTRACT_VERSION,
      epoch,
      seq,
      servers: rows.sortedBy(order),
      instances: [...instances.values()],
      summary,
    };
    return kept;
  }

  let cancelSweep = clock.after(SWEEP_EVERY_MS, sweep);
  const unsubscribe = parts.changes.subscribe(onChange);

  return {
    snapshot,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    toJsonBytes(message) {
      isRendered ||= message !== kept;
      const made = whole.get(message) ?? rowBytes.renderMessage(message);
      whole.set(message, made);
      return made;
    },
    prepareJsonBytes: () => rowBytes.prepare(snapshot().servers),
    renderJsonBytes: (message) => rowBytes.renderInSlices(message),
    stop() {
      isStopped = true;
      unsubscribe();
      cancelSweep();
      timer?.cancel();
      timer = null;
      listeners.clear();
    },
  };
}
