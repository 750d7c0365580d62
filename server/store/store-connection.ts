import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import type { Store } from "../contract/store.ts";
import { HaprobeError, toHaprobeError } from "../errors.ts";

export interface StoreConnectionParts {
  /** Opens the store; rejects where it cannot be used now. */
  readonly open: () => Promise<Store>;
  readonly clock: Clock;
  /** Called with each error of an attempt to open it. */
  readonly onOpenFailure: (error: HaprobeError) => void;
  /** Called with an error of an open database that has no code of its own, unless the last one was the same. */
  readonly onFailedCall: (error: HaprobeError) => void;
  /** Called each time it was opened. */
  readonly onOpen: () => void;
}

/** The methods that a store answers by a promise; the compiler names one that is missing. */
type AsyncMethod = Exclude<keyof Store, "onMoved" | "offerSeries" | "close">;
const ASYNC_METHODS = Object.keys({
  commit: true,
  claim: true,
  settle: true,
  lane: true,
  notifications: true,
  notification: true,
  resend: true,
  outboxBacklog: true,
  silences: true,
  putSilence: true,
  openIncidents: true,
  openIncidentsPage: true,
  incidents: true,
  incident: true,
  strip: true,
  fleetAt: true,
  changesBeside: true,
  recordedSpans: true,
  reloads: true,
  verdictTimes: true,
  series: true,
  maintainSeries: true,
  verdictsAfter: true,
  faultVerdicts: true,
  faultsOf: true,
  incidentsChangedSince: true,
  positions: true,
  log: true,
  forwardPosition: true,
  setForwardPosition: true,
  putSession: true,
  session: true,
  touchSession: true,
  heldSessions: true,
  endSession: true,
  addAudit: true,
  audit: true,
  backup: true,
} satisfies Record<AsyncMethod, true>);

/** Opens a store again and again until that succeeds, and once more after its thread has failed. */
export class StoreConnection {
  /** The store, whichever is open; its methods reject with the reason while none is. */
  readonly store: Store;
  readonly #parts: StoreConnectionParts;
  readonly #stopping = new AbortController();
  readonly #movedListeners = new Set<(vantage: string, seq: number) => void>();
  #open: Store | null = null;
  #opening: Promise<void> = Promise.resolve();
  #lastFailure: string | null = null;
  #error = new HaprobeError("HAPROBE_STORE_FAILED", "the store is not open yet");

  constructor(parts: StoreConnectionParts) {
    this.#parts = parts;
    const delegates = ASYNC_METHODS.map((name) => [name, (...args: unknown[]) => this.#call(name, args)]);
    this.store = {
      ...(Object.fromEntries(delegates) as Pick<Store, AsyncMethod>),
      onMoved: (listener) => {
        this.#movedListeners.add(listener);
        return () => this.#movedListeners.delete(listener);
      },
      offerSeries: (points) => this.#open?.offerSeries(points) ?? false,
      close: () => this.close(),
    };
  }

  /** Why no store is open; null while one is. */
  get error(): HaprobeError | null {
    return this.#open === null ? this.#error : null;
  }

  /** Resolves after the first attempt, at the latest after `storeOpenTimeoutMs`; the store is opened in the background then. */
  async start(): Promise<void> {
    const tried = new AbortController();
    this.#opening = this.#openUntilDone(() => tried.abort());
    await sleep(this.#parts.clock, BOUNDS.storeOpenTimeoutMs, tried.signal);
  }

  /** Closes the store, also one that is being opened; waits for at most `storeFlushMs`. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const closed = new AbortController();
    void this.#opening
      .then(() => this.#open?.close())
      .catch(() => {})
      .then(() => closed.abort());
    await sleep(this.#parts.clock, BOUNDS.storeFlushMs, closed.signal);
    this.#open = null;
    this.#error = new HaprobeError("HAPROBE_STORE_FAILED", "the store is closed");
  }

  async #call(name: string, args: readonly unknown[]): Promise<unknown> {
    const store = this.#open;
    if (store === null) throw this.#error;
    try {
      return await (store[name as AsyncMethod] as (...values: readonly unknown[]) => Promise<unknown>)(...args);
    } catch (error) {
      const reported = toHaprobeError(error);
      if (reported.code === "HAPROBE_STORE_ENDED") this.#reopen(store);
      if (reported.code === "HAPROBE_STORE_FAILED") this.#reportFailure(reported);
      throw error;
    }
  }

  /** Alerting repeats a call that fails every second. */
  #reportFailure(error: HaprobeError): void {
    if (this.#stopping.signal.aborted || error.message === this.#lastFailure) return;
    this.#lastFailure = error.message;
    this.#parts.onFailedCall(error);
  }

  #reopen(failed: Store): void {
    if (this.#open !== failed || this.#stopping.signal.aborted) return;
    this.#open = null;
    this.#opening = failed
      .close()
      .catch(() => {})
      .then(() => this.#openUntilDone(() => {}));
  }

  async #openUntilDone(onFirstTry: () => void): Promise<void> {
    const { open, clock, onOpen, onOpenFailure } = this.#parts;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const store = await open();
        if (signal.aborted) return await store.close();
        store.onMoved((vantage, seq) => {
          for (const listener of [...this.#movedListeners]) listener(vantage, seq);
        });
        this.#open = store;
        onOpen();
        return onFirstTry();
      } catch (error) {
        this.#error = toHaprobeError(error);
        onOpenFailure(this.#error);
        onFirstTry();
        await sleep(clock, Math.min(BOUNDS.storeOpenMaxMs, BOUNDS.storeOpenMinMs * 2 ** failures), signal);
      }
    }
  }
}
