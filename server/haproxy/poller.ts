import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { StatsSnapshot, SnapshotHint } from "../contract/view.ts";
import { type ErrorCode, toHaprobeError } from "../errors.ts";
import { createEarlyPolls } from "./early-polls.ts";
import { createPollThrottle } from "./poll-throttle.ts";
import { createSnapshotParser, type ParseResult } from "./snapshot-parser.ts";
import type { StatsRequest, StatsSource } from "./stats-source.ts";
import { openStatsSource } from "./open-stats-source.ts";

/** A snapshot, and what the poller knows beside it. */
export interface PolledSnapshot extends StatsSnapshot {
  /** Milliseconds from poll to poll as they are now: longer than configured where HAProxy is slow to answer. */
  readonly effectiveEveryMs: number;
  /** What somebody should know of; those of a kick are about its backend only. */
  readonly hints: readonly SnapshotHint[];
}

/** A poll that gave nothing. */
export interface PollFailure {
  readonly instance: InstanceName;
  readonly code: ErrorCode;
  readonly message: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly effectiveEveryMs: number;
}

export interface PollerOptions {
  readonly instance: InstanceSettings;
  readonly clock: Clock;
  readonly onSnapshot: (snapshot: PolledSnapshot) => void;
  readonly onFailure: (failure: PollFailure) => void;
  /** Told of each exchange with HAProxy, good or bad. */
  readonly onPollMeasured?: (instance: InstanceName, durationMs: number, ok: boolean) => void;
  /** Default: the source of the instance's address. */
  readonly source?: StatsSource;
}

/** Asks one instance again and again, never twice at once. */
export interface Poller {
  /** Begins with a poll at once. */
  start(): void;
  /** Asks about one backend as soon as possible; nothing happens for a backend that HAProxy does not have. */
  pollSoon(backend: string): void;
  /** One poll of everything, outside the rhythm; rejects with a HaprobeError, or with the signal's reason. The listeners are not called. */
  pollOnce(signal: AbortSignal): Promise<PolledSnapshot>;
  /** Ends what is under way; resolves when nothing is left of it. */
  stop(): Promise<void>;
}

export function createPoller(options: PollerOptions): Poller {
  const { instance, clock } = options;
  const source = options.source ?? openStatsSource(instance.stats);
  const reader = createSnapshotParser(instance.name);
  const politeness = createPollThrottle(instance.everyMs);
  const kicks = createEarlyPolls();
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let lastInLine: Promise<unknown> = Promise.resolve();
  let nap = new AbortController();
  let dueAt = Number.NEGATIVE_INFINITY;
  let pollsSinceServersState = Number.POSITIVE_INFINITY;
  let serversStateEvery: number = BOUNDS.serversStateEveryPolls;

  return {
    start() {
      running ??= run(stopping.signal).catch(reportFailure);
    },
    pollSoon(backend) {
      if (reader.findProxyId(backend) === null) return;
      kicks.request(backend, clock.now());
      nap.abort();
    },
    pollOnce(signal) {
      const either = AbortSignal.any([signal, stopping.signal]);
      return inLine(() => pollEverything(either));
    },
    async stop() {
      stopping.abort();
      nap.abort();
      await running;
      await lastInLine;
    },
  };

  /** Until stopped: the poll that is due, else the kick that is due, else waits for either. */
  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = clock.now();
      const kick = kicks.next();
      if (dueAt <= now) {
        await inLine(() => told(signal, () => pollEverything(signal)));
        // From start to start, so that the rhythm does not drift by the time of the answers.
        dueAt = now + politeness.intervalMs();
      } else if (kick !== null && kick.at <= now) {
        await inLine(() => told(signal, () => pollBackend(kick.backend, signal)));
      } else {
        nap = new AbortController();
        await sleep(clock, Math.min(dueAt, kick?.at ?? dueAt) - now, nap.signal);
      }
    }
  }

  /** Runs after whatever runs now. */
  function inLine<T>(work: () => Promise<T>): Promise<T> {
    const result = lastInLine.then(work);
    lastInLine = result.catch(() => {});
    return result;
  }

  /** Tells the listeners how a poll ended; nothing once it was stopped. */
  async function told(signal: AbortSignal, poll: () => Promise<PolledSnapshot | null>): Promise<void> {
    try {
      const snapshot = await poll();
      if (snapshot !== null && !signal.aborted) options.onSnapshot(snapshot);
    } catch (error) {
      if (!signal.aborted) reportFailure(error);
    }
  }

  function reportFailure(error: unknown): void {
    const { code, message } = toHaprobeError(error);
    const effectiveEveryMs = politeness.intervalMs();
    options.onFailure({ instance: instance.name, code, message, at: clock.now(), effectiveEveryMs });
  }

  async function pollEverything(signal: AbortSignal): Promise<PolledSnapshot> {
    kicks.clear();
    // A table that shows the addresses itself needs nothing beside it.
    let serversState = source.addressesFrom === "in-table" || pollsSinceServersState + 1 >= serversStateEvery;
    let reading = await ask({ backend: null, serversState }, signal);
    // Asked again at once, so that nobody is given a server whose address is not known yet.
    while (reading.kind === "ask-for-everything") {
      serversState = true;
      reading = await ask({ backend: null, serversState }, signal);
    }
    pollsSinceServersState = serversState ? 0 : pollsSinceServersState + 1;
    // At level user only the state tells addresses: where that costs next to nothing, a change is seen with the next poll.
    const cheap = reading.snapshot.servers.length <= BOUNDS.serversStateEachPollUpTo;
    serversStateEvery = cheap && !reading.tableHasAddresses ? 1 : BOUNDS.serversStateEveryPolls;
    return polled(reading);
  }

  /** Null where the answer shows that everything has to be asked for, which is then due. */
  async function pollBackend(backend: string, signal: AbortSignal): Promise<PolledSnapshot | null> {
    const startedAt = clock.now();
    let answerMs = 0;
    try {
      const proxyId = reader.findProxyId(backend);
      if (proxyId === null) return null;
      const reading = await ask({ backend: { name: backend, proxyId }, serversState: false }, signal, (ms) => {
        answerMs = ms;
      });
      if (reading.kind === "read") return polled(reading);
      dueAt = clock.now();
      pollsSinceServersState = Number.POSITIVE_INFINITY;
      return null;
    } finally {
      kicks.markPolled(backend, startedAt, answerMs);
    }
  }

  async function ask(
    question: StatsRequest,
    signal: AbortSignal,
    costs = politeness.recordResponse,
  ): Promise<ParseResult> {
    const startedAt = clock.now();
    let ok = false;
    try {
      const answer = await source.fetch(question, {
        clock,
        timeoutMs: BOUNDS.pollTimeoutMs,
        maxBytes: BOUNDS.pollResponseMaxBytes,
        signal,
      });
      costs(answer.receivedAt - answer.sentAt - answer.connectMs);
      const backend = question.backend?.name ?? null;
      const reading = reader.parse(answer, { backend, serversState: question.serversState, wallMs: clock.wall() });
      ok = true;
      return reading;
    } finally {
      if (!signal.aborted) options.onPollMeasured?.(instance.name, clock.now() - startedAt, ok);
    }
  }

  function polled(reading: Extract<ParseResult, { kind: "read" }>): PolledSnapshot {
    return { ...reading.snapshot, effectiveEveryMs: politeness.intervalMs() };
  }
}
