import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import { INGEST_VERSION, type IngestOutcome, type IngestRequest } from "../contract/ingest.ts";
import type { LogPosition, Store } from "../contract/store.ts";
import type { ForwardStatus, VantageStatus } from "../contract/vantage.ts";
import type { HubLog } from "./hub-log.ts";
import { type Portion, Spool, type SpoolStore } from "./spool.ts";

export interface ForwarderParts {
  readonly url: string;
  readonly store: SpoolStore & Pick<Store, "forwardPosition" | "setForwardPosition" | "onMoved" | "positions">;
  /** The name of the log on the hubs. */
  readonly hubLog: HubLog;
  /** The log of the data directory. */
  readonly log: () => Pick<LogPosition, "site" | "vantage" | "logId" | "writer">;
  readonly status: () => VantageStatus;
  readonly send: (request: IngestRequest, signal: AbortSignal) => Promise<IngestOutcome>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Called where `status()` has another state or error, and where more waits for a hub that fails. */
  readonly onChange: () => void;
}

/**
 * Sends the log to one hub: one request at a time, each again until the hub has it. The position is where the hub says, so
 * that a hub that lost a part gets it again.
 */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #stopping = new AbortController();
  readonly #requests = new Map<string, number>();
  #spool: Spool;
  /** Of the directory's log, and the name by which the hub knows it. */
  #logId: string;
  #hubLogId: string;
  #ackedSeq = 0;
  #lastSeq = 0;
  /** The next request goes on where another process, or the time before a gap, ended. */
  #takesOver = true;
  #isKnown = false;
  /** The hub took a request of this process. */
  #wasTaken = false;
  #atMost: number = BOUNDS.forwardEventsMax;
  #failures = 0;
  #state: ForwardStatus["state"] = "pending";
  #error: string | null = null;
  #reportedBehind = 0;
  /** Monotonic. */
  #saidAt = Number.NEGATIVE_INFINITY;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #waitsSince: number | null = null;
  #moved = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => {};

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
    const { logId } = parts.log();
    this.#logId = logId;
    this.#hubLogId = logId;
    this.#spool = new Spool(parts.store, parts.log());
  }

  start(): void {
    this.#unsubscribe = this.#parts.store.onMoved((vantage, seq) => {
      if (vantage !== this.#parts.log().vantage) return;
      this.#lastSeq = seq;
      this.#moved.abort();
    });
    this.#running = this.#run();
  }

  status(): ForwardStatus {
    return {
      url: this.#parts.url,
      state: this.#state,
      error: this.#error,
      behind: Math.max(0, this.#lastSeq - this.#ackedSeq),
      requests: Object.fromEntries(this.#requests),
    };
  }

  /** Ends the request in flight; what was not acknowledged is sent by the next process. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#moved.abort();
    this.#unsubscribe();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let pauseMs: number | null = null;
      try {
        await this.#open();
        if (await this.#isDue()) pauseMs = await this.#sendNext();
        else await this.#waitForEvents();
      } catch (error) {
        if (signal.aborted) return;
        pauseMs = this.#fail("failed", error instanceof Error ? error.message : String(error));
      }
      if (pauseMs !== null) await sleep(clock, pauseMs, signal);
    }
    await this.#writePosition().catch(() => {});
  }

  /** Reads where the hub stands, at the start and after the directory has begun another log, or the hubs have one. */
  async #open(): Promise<void> {
    const { store, log, hubLog } = this.#parts;
    const { logId } = log();
    if (this.#isKnown && logId === this.#logId && hubLog.id === this.#hubLogId) return;
    if (logId !== this.#logId) this.#lastSeq = 0;
    await this.#readLastSeq(logId);
    const known = await store.forwardPosition(this.#key(logId));
    this.#logId = logId;
    this.#hubLogId = hubLog.open(logId, known?.logId ?? logId);
    this.#spool = new Spool(store, log());
    this.#moveTo(known?.logId === this.#hubLogId ? known.ackedSeq : 0);
    this.#takesOver = true;
    this.#isKnown = true;
  }

  /** Before the first commit there is nothing to send; the log may have moved since it was read. */
  async #readLastSeq(logId: string): Promise<void> {
    const own = (await this.#parts.store.positions()).find((position) => position.logId === logId);
    if (own !== undefined) this.#lastSeq = Math.max(this.#lastSeq, own.lastSeq);
  }

  /** True where a request has to go now. */
  async #isDue(): Promise<boolean> {
    const { clock } = this.#parts;
    if (clock.now() - this.#saidAt >= BOUNDS.forwardHeartbeatEveryMs) return true;
    if (this.#lastSeq <= this.#ackedSeq) {
      this.#waitsSince = null;
      return false;
    }
    this.#waitsSince ??= clock.now();
    if (await this.#spool.fill()) return clock.now() - this.#waitsSince >= BOUNDS.forwardMismatchEveryMs;
    return clock.now() - this.#waitsSince >= BOUNDS.forwardEveryMs;
  }

  /** Until a heartbeat is due; while events wait, until it is time to look at them again. */
  async #waitForEvents(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#moved;
    const heartbeatInMs = this.#saidAt + BOUNDS.forwardHeartbeatEveryMs - clock.now();
    const waits = this.#waitsSince !== null;
    const inMs = waits ? BOUNDS.forwardMismatchEveryMs : heartbeatInMs;
    await sleep(clock, Math.max(0, Math.min(inMs, heartbeatInMs)), waits ? this.#stopping.signal : signal);
    if (signal.aborted && !this.#stopping.signal.aborted) this.#moved = new AbortController();
  }

  /** Milliseconds to wait before the next request; null where it may follow at once. */
  async #sendNext(): Promise<number | null> {
    const { send, clock, hubLog } = this.#parts;
    const portion = await this.#spool.next(this.#lastSeq, this.#atMost);
    const isStatusDue = clock.now() - this.#saidAt >= BOUNDS.forwardHeartbeatEveryMs;
    const request = this.#toRequest(portion ?? { events: [], lastSeq: this.#ackedSeq, hasGap: false }, isStatusDue);
    const outcome = await send(request, this.#stopping.signal);
    this.#count(outcome.kind);
    // The forwarder to another hub has begun the log anew meanwhile.
    if (hubLog.id !== request.position.logId) return null;
    switch (outcome.kind) {
      case "applied":
        return this.#handleApplied(outcome.seq, isStatusDue);
      case "gap":
        return this.#handleGap(outcome.expectedSeq - 1);
      case "superseded":
        return this.#handleSuperseded();
      case "later":
        return Math.max(this.#jitter(outcome.retryInMs), this.#fail(null, outcome.detail));
      case "refused":
        return this.#handleRefused(request, outcome);
    }
  }

  #toRequest({ events, lastSeq, hasGap }: Portion, withStatus: boolean): IngestRequest {
    const { log, clock, status } = this.#parts;
    const position = {
      ...log(),
      logId: this.#hubLogId,
      takesOver: this.#takesOver,
      firstSeq: this.#ackedSeq + 1,
      lastSeq,
      sentAt: Math.round(clock.wall()),
    };
    const request = { version: INGEST_VERSION, position, events, hasGap } as const;
    return withStatus ? { ...request, status: { ...status(), behind: Math.max(0, this.#lastSeq - lastSeq) } } : request;
  }

  async #handleApplied(seq: number, saidStatus: boolean): Promise<number | null> {
    const { clock } = this.#parts;
    if (await this.#isAhead(seq)) return this.#handleAhead(seq);
    this.#moveTo(seq);
    this.#takesOver = false;
    this.#wasTaken = true;
    this.#failures = 0;
    this.#atMost = BOUNDS.forwardEventsMax;
    this.#waitsSince = null;
    if (saidStatus) this.#saidAt = clock.now();
    this.#report("ok", null);
    if (clock.now() - this.#writtenAt >= BOUNDS.forwardPositionEveryMs) await this.#writePosition();
    return null;
  }

  async #handleGap(ackedSeq: number): Promise<number | null> {
    if (await this.#isAhead(ackedSeq)) return this.#handleAhead(ackedSeq);
    this.#moveTo(ackedSeq);
    this.#takesOver = true;
    // The first time it is sent again at once.
    this.#failures += 1;
    return this.#failures === 1 ? null : this.#backOffMs();
  }

  /**
   * True where the hub has numbers that were not given out: the data directory was put back to an earlier state. What is
   * written can be sent, by this forwarder or another one, before the store reports it.
   */
  async #isAhead(seq: number): Promise<boolean> {
    if (seq > this.#lastSeq) await this.#readLastSeq(this.#logId);
    return seq > this.#lastSeq;
  }

  /** A log that this process began is ahead nowhere, and another one would be sent to the other hubs too. */
  #handleAhead(seq: number): number {
    if (!this.#parts.hubLog.hasBegunAnew) return this.#beginAnew();
    return this.#fail(null, `the hub has event ${seq}, which was never sent`);
  }

  /** At the first contact this process takes the name; later another one has it, and keeps it. */
  #handleSuperseded(): number | null {
    if (!this.#wasTaken && !this.#parts.hubLog.hasBegunAnew) return this.#beginAnew();
    this.#report("superseded", `another haprobe sends as ${this.#parts.log().vantage}`);
    return this.#jitter(BOUNDS.forwardRetryMaxMs);
  }

  /** A request that the hub refuses is cut in halves; a single event that it refuses is left out. */
  #handleRefused({ events, position }: IngestRequest, { detail, isContent }: Refused): number {
    const pauseMs = this.#fail(null, detail);
    if (!isContent) return pauseMs;
    if (events.length > 1) this.#atMost = Math.floor(events.length / 2);
    else if (events.length === 1) {
      this.#count("left-out");
      this.#spool.skip(position.lastSeq);
    }
    return pauseMs;
  }

  /** Another log on the hubs, which begins with the newest verdicts. */
  #beginAnew(): number {
    this.#hubLogId = this.#parts.hubLog.beginAnew();
    this.#moveTo(0);
    this.#takesOver = true;
    this.#failures += 1;
    return this.#backOffMs();
  }

  #moveTo(ackedSeq: number): void {
    this.#ackedSeq = ackedSeq;
    this.#spool.seek(ackedSeq);
  }

  #fail(kind: string | null, error: string): number {
    if (kind !== null) this.#count(kind);
    this.#failures += 1;
    this.#report("failing", error);
    return this.#backOffMs();
  }

  #backOffMs(): number {
    const { forwardRetryMinMs, forwardRetryMaxMs } = BOUNDS;
    return this.#jitter(Math.min(forwardRetryMaxMs, forwardRetryMinMs * 2 ** Math.min(10, this.#failures - 1)));
  }

  /** ±25 %, so that vantages do not come back together. */
  #jitter(ms: number): number {
    return ms * (0.75 + this.#parts.random() / 2);
  }

  #report(state: ForwardStatus["state"], error: string | null): void {
    const { behind } = this.status();
    const isMore = state !== "ok" && behind !== this.#reportedBehind;
    const isNews = isMore || state !== this.#state || error !== this.#error;
    this.#state = state;
    this.#error = error;
    this.#reportedBehind = behind;
    if (isNews) this.#parts.onChange();
  }

  #count(kind: string): void {
    this.#requests.set(kind, (this.#requests.get(kind) ?? 0) + 1);
  }

  async #writePosition(): Promise<void> {
    if (!this.#isKnown) return;
    this.#writtenAt = this.#parts.clock.now();
    const position = { hub: this.#key(this.#logId), logId: this.#hubLogId, ackedSeq: this.#ackedSeq };
    await this.#parts.store.setForwardPosition(position);
  }

  /** Another log of the directory has positions of its own. */
  #key(logId: string): string {
    return `${this.#parts.url} ${logId}`;
  }
}

type Refused = Extract<IngestOutcome, { readonly kind: "refused" }>;
