import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import type { StatsColumn } from "../contract/incident.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { StatsSnapshot, SnapshotHint } from "../contract/view.ts";
import { type ErrorCode, toHaprobeError } from "../errors.ts";
import { runInSlices } from "../slices.ts";
import type { ScopedFiles } from "../scoped-files.ts";
import { createEarlyPolls } from "./early-polls.ts";
import { createPollThrottle } from "./poll-throttle.ts";
import { createSnapshotParser, type ParseResult } from "./snapshot-parser.ts";
import type { StatsRequest, StatsSource } from "./stats-source.ts";
import { openStatsSource } from "./open-stats-source.ts";

/** A snapshot with the poll interval and the hints. */
export interface PolledSnapshot extends StatsSnapshot {
  /** Current poll interval in milliseconds; longer than configured where HAProxy is slow to respond. */
  readonly effectiveEveryMs: number;
  /** Hints about the rows of this snapshot; those of an early poll concern its backend only. */
  readonly hints: readonly SnapshotHint[];
}

/** A poll that gave no snapshot. */
export interface PollFailure {
  readonly instance: InstanceName;
  readonly code: ErrorCode;
  readonly message: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly effectiveEveryMs: number;
}

/** Applies a snapshot, within the call or until the promise resolves with the milliseconds that it took. */
export type OnSnapshot = (snapshot: PolledSnapshot) => Promise<number> | void;

export interface PollerOptions {
  readonly instance: InstanceSettings;
  readonly clock: Clock;
  /** The next poll waits for the promise of the milliseconds that applying took, which are a part of the poll's cost. */
  readonly onSnapshot: OnSnapshot;
  readonly onFailure: (failure: PollFailure) => void;
  /** Called after each exchange with HAProxy, successful or not. */
  readonly onPollMeasured?: (instance: InstanceName, durationMs: number, ok: boolean) => void;
  /** Default: the source of the instance's address. */
  readonly source?: StatsSource;
  /** Opens the files that the address names; default: without scopes. */
  readonly files?: ScopedFiles;
}

/** Polls one instance periodically, one request at a time. */
export interface Poller {
  /** Starts with an immediate poll. */
  start(): void;
  /** Polls one backend as soon as possible; does nothing for a backend that the last response did not have. */
  pollSoon(backend: string): void;
  /** The row of a server in the newest response that has it, as it came: the columns that have a value; null for none. */
  statsRow(backend: string, server: string): readonly StatsColumn[] | null;
  /** Polls everything once, outside the interval, without calling the listeners; rejects with a HaprobeError, or with the signal's reason. */
  pollOnce(signal: AbortSignal): Promise<PolledSnapshot>;
  /** Milliseconds since the next poll of everything was due, of which none has ended; negative before that. */
  lateMs(): number;
  /** Aborts the poll in flight; resolves when no request or timer is left. */
  stop(): Promise<void>;
}

type ParsedResult = Extract<ParseResult, { kind: "parsed" }>;

export function createPoller(options: PollerOptions): Poller {
  const { instance, clock } = options;
  const source = options.source ?? openStatsSource(instance.stats, options.files);
  const parser = createSnapshotParser(instance.name);
  const throttle = createPollThrottle(instance.everyMs);
  const earlyPolls = createEarlyPolls();
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let lastQueued: Promise<unknown> = Promise.resolve();
  let wakeUp = new AbortController();
  let dueAt = Number.NEGATIVE_INFINITY;
  let endedAt: number | null = null;
  let pollsSinceServersState = Number.POSITIVE_INFINITY;
  let serversStateEvery: number = BOUNDS.serversStateEveryPolls;

  return {
    start() {
      endedAt ??= clock.now();
      running ??= run(stopping.signal).catch(reportFailure);
    },
    statsRow: (backend, server) => parser.statsRow(backend, server),
    pollSoon(backend) {
      if (parser.findProxyId(backend) === null) return;
      earlyPolls.request(backend, clock.now());
      // A repeated abort would make an error object each time.
      if (!wakeUp.signal.aborted) wakeUp.abort();
    },
    pollOnce(signal) {
      const either = AbortSignal.any([signal, stopping.signal]);
      return enqueue(() => pollEverything(either));
    },
    lateMs: () => (endedAt === null ? 0 : clock.now() - endedAt - throttle.intervalMs()),
    async stop() {
      stopping.abort();
      wakeUp.abort();
      await running;
      await lastQueued;
    },
  };

  /** Runs the due poll, else the due early poll, else waits for either; ends with the signal. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = clock.now();
      const early = earlyPolls.next();
      if (dueAt <= now) {
        await enqueue(() => report(signal, () => pollEverything(signal)));
        endedAt = clock.now();
        // Counted from start to start, so that the response time adds no drift.
        dueAt = now + throttle.intervalMs();
      } else if (early !== null && early.at <= now) {
        await enqueue(() => report(signal, () => pollBackend(early.backend, signal)));
      } else {
        wakeUp = new AbortController();
        await sleep(clock, Math.min(dueAt, early?.at ?? dueAt) - now, wakeUp.signal);
      }
    }
  }

  /** Runs the task after all queued tasks, whether they succeed or fail. */
  function enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = lastQueued.then(task);
    lastQueued = result.catch(() => {});
    return result;
  }

  /** Passes the outcome of a poll to the listeners; none after the signal is aborted. */
  async function report(signal: AbortSignal, poll: () => Promise<PolledSnapshot | null>): Promise<void> {
    try {
      const snapshot = await poll();
      if (snapshot === null || signal.aborted) return;
      const appliedMs = await options.onSnapshot(snapshot);
      if (appliedMs !== undefined && snapshot.scope === "all") throttle.addToLast(appliedMs);
    } catch (error) {
      if (!signal.aborted) reportFailure(error);
    }
  }

  function reportFailure(error: unknown): void {
    const { code, message } = toHaprobeError(error);
    const effectiveEveryMs = throttle.intervalMs();
    try {
      options.onFailure({ instance: instance.name, code, message, at: clock.now(), effectiveEveryMs });
    } catch {
      // The listener reports its own errors; the polls go on.
    }
  }

  async function pollEverything(signal: AbortSignal): Promise<PolledSnapshot> {
    earlyPolls.clear();
    let costMs: number | null = null;
    const addCost = (ms: number): void => void (costMs = (costMs ?? 0) + ms);
    let result: ParsedResult;
    try {
      result = await requestEverything(signal, addCost);
    } finally {
      if (costMs !== null) throttle.recordCost(costMs);
    }
    return toPolledSnapshot(result);
  }

  /** Requests the table, and again with the servers' state where it turns out to be needed. */
  async function requestEverything(signal: AbortSignal, addCost: (ms: number) => void): Promise<ParsedResult> {
    // A table with addresses makes `show servers state` unnecessary.
    let serversState = source.addressesFrom === "in-table" || pollsSinceServersState + 1 >= serversStateEvery;
    let result = await request({ backend: null, serversState }, signal, addCost);
    // The repeated request is immediate, so that no server is reported with an outdated address.
    while (result.kind === "needs-servers-state") {
      serversState = true;
      result = await request({ backend: null, serversState }, signal, addCost);
    }
    pollsSinceServersState = serversState ? 0 : pollsSinceServersState + 1;
    // At level user only the state has addresses: for few servers each poll includes it, so that a change is seen at once.
    const isCheap = result.snapshot.servers.length <= BOUNDS.serversStateEachPollUpTo;
    serversStateEvery = isCheap && !result.tableHasAddresses ? 1 : BOUNDS.serversStateEveryPolls;
    return result;
  }

  /** Null where the response requires a poll of everything, which is then due at once. */
  async function pollBackend(backend: string, signal: AbortSignal): Promise<PolledSnapshot | null> {
    const startedAt = clock.now();
    let costMs = 0;
    try {
      const proxyId = parser.findProxyId(backend);
      if (proxyId === null) return null;
      const result = await request({ backend: { name: backend, proxyId }, serversState: false }, signal, (ms) => {
        costMs = ms;
      });
      if (result.kind === "parsed") return toPolledSnapshot(result);
      dueAt = clock.now();
      pollsSinceServersState = Number.POSITIVE_INFINITY;
      return null;
    } finally {
      earlyPolls.markPolled(backend, startedAt, costMs);
    }
  }

  async function request(
    what: StatsRequest,
    signal: AbortSignal,
    recordCost: (ms: number) => void,
  ): Promise<ParseResult> {
    const startedAt = clock.now();
    let ok = false;
    try {
      const response = await source.fetch(what, {
        clock,
        timeoutMs: BOUNDS.pollTimeoutMs,
        maxBytes: BOUNDS.pollResponseMaxBytes,
        signal,
      });
      const context = {
        backend: what.backend?.name ?? null,
        serversState: what.serversState,
        wallMs: clock.wall(),
      };
      const parsing = { ms: 0 };
      try {
        const result = await runInSlices(clock, BOUNDS.sliceMs, parser.parse(response, context), parsing);
        ok = true;
        return result;
      } finally {
        const responseMs = response.receivedAt - response.sentAt - response.connectMs;
        recordCost(Math.max(responseMs, parsing.ms));
      }
    } finally {
      if (!signal.aborted) options.onPollMeasured?.(instance.name, clock.now() - startedAt, ok);
    }
  }

  function toPolledSnapshot(result: ParsedResult): PolledSnapshot {
    return { ...result.snapshot, effectiveEveryMs: throttle.intervalMs() };
  }
}
