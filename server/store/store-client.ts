import type { Worker } from "node:worker_threads";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { CommitOutcome, SeriesPoint, Store, WriteBatch } from "../contract/store.ts";
import { HaprobeError } from "../errors.ts";
import type { SentError, WorkerReply, WorkerRequest } from "./worker-messages.ts";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The port of the store in the main thread: each call is a message to the worker, and at most `storeRequestsMax` wait. */
export class StoreClient implements Store {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(vantage: string, seq: number) => void>();
  #lastId = 0;
  #seriesWaiting = 0;
  #end: HaprobeError | null = null;

  /** `worker` has answered `opened`. */
  constructor(worker: Worker, clock: Clock) {
    this.#worker = worker;
    this.#clock = clock;
    worker.on("message", (message: WorkerReply) => this.#settle(message));
    worker.on("error", (error) => this.#fail(`the store's thread failed: ${String(error)}`));
    worker.on("exit", () => this.#fail("the store's thread has ended"));
  }

  readonly claim: Store["claim"] = (request) => this.#call("claim", request);
  readonly settle: Store["settle"] = (result) => this.#call("settle", result);
  readonly lane: Store["lane"] = (lane, limit) => this.#call("lane", lane, limit);
  readonly notifications: Store["notifications"] = (query) => this.#call("notifications", query);
  readonly notification: Store["notification"] = (id) => this.#call("notification", id);
  readonly resend: Store["resend"] = (id) => this.#call("resend", id);
  readonly outboxBacklog: Store["outboxBacklog"] = () => this.#call("outboxBacklog");
  readonly silences: Store["silences"] = (at) => this.#call("silences", at);
  readonly putSilence: Store["putSilence"] = (silence) => this.#call("putSilence", silence);
  readonly openIncidents: Store["openIncidents"] = (fingerprints) => this.#call("openIncidents", fingerprints);
  readonly openIncidentsPage: Store["openIncidentsPage"] = (cursor, limit) =>
    this.#call("openIncidentsPage", cursor, limit);
  readonly incidents: Store["incidents"] = (query) => this.#call("incidents", query);
  readonly incident: Store["incident"] = (id) => this.#call("incident", id);
  readonly strip: Store["strip"] = (request) => this.#call("strip", request);
  readonly fleetAt: Store["fleetAt"] = (request) => this.#call("fleetAt", request);
  readonly changesBeside: Store["changesBeside"] = (at) => this.#call("changesBeside", at);
  readonly recordedSpans: Store["recordedSpans"] = (request) => this.#call("recordedSpans", request);
  readonly reloads: Store["reloads"] = (request) => this.#call("reloads", request);
  readonly verdictTimes: Store["verdictTimes"] = (request) => this.#call("verdictTimes", request);
  readonly maintainSeries: Store["maintainSeries"] = (request) => this.#call("maintainSeries", request);
  readonly series: Store["series"] = (request) => this.#call("series", request);
  readonly verdictsAfter: Store["verdictsAfter"] = (request) => this.#call("verdictsAfter", request);
  readonly faultVerdicts: Store["faultVerdicts"] = (faults) => this.#call("faultVerdicts", faults);
  readonly faultsOf: Store["faultsOf"] = (by) => this.#call("faultsOf", by);
  readonly incidentsChangedSince: Store["incidentsChangedSince"] = (at, atMost) =>
    this.#call("incidentsChangedSince", at, atMost);
  readonly positions: Store["positions"] = () => this.#call("positions");
  readonly log: Store["log"] = (afterSeq, atMost) => this.#call("log", afterSeq, atMost);
  readonly forwardPosition: Store["forwardPosition"] = (hub) => this.#call("forwardPosition", hub);
  readonly setForwardPosition: Store["setForwardPosition"] = (position) => this.#call("setForwardPosition", position);
  readonly putSession: Store["putSession"] = (session, atMost) => this.#call("putSession", session, atMost);
  readonly session: Store["session"] = (id) => this.#call("session", id);
  readonly touchSession: Store["touchSession"] = (id, idleEndsAt) => this.#call("touchSession", id, idleEndsAt);
  readonly heldSessions: Store["heldSessions"] = (ids) => this.#call("heldSessions", ids);
  readonly endSession: Store["endSession"] = (id) => this.#call("endSession", id);
  readonly addAudit: Store["addAudit"] = (entries, keep) => this.#call("addAudit", entries, keep);
  readonly audit: Store["audit"] = (query) => this.#call("audit", query);
  readonly backup: Store["backup"] = (file) => this.#call("backup", file);

  async commit(batch: WriteBatch): Promise<CommitOutcome> {
    const outcome = await this.#call<CommitOutcome>("commit", batch);
    if (outcome.kind === "applied" && batch.source !== null) {
      for (const listener of [...this.#listeners]) listener(batch.source.vantage, outcome.seq);
    }
    return outcome;
  }

  onMoved(listener: (vantage: string, seq: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  offerSeries(points: readonly SeriesPoint[]): boolean {
    if (this.#end !== null || this.#seriesWaiting >= BOUNDS.seriesPortionsMax) return false;
    this.#seriesWaiting += 1;
    // A portion that fails is lost, as one that is dropped.
    this.#call("writeSeries", points)
      .catch(() => {})
      .finally(() => {
        this.#seriesWaiting -= 1;
      });
    return true;
  }

  /** Waits for the calls before it, closes the database and ends the thread. */
  async close(): Promise<void> {
    if (this.#end === null) await this.#call("close").catch(() => {});
    this.#end ??= new HaprobeError("HAPROBE_STORE_FAILED", "the store is closed");
    await this.#worker.terminate();
  }

  #call<T>(method: WorkerRequest["method"], ...args: readonly unknown[]): Promise<T> {
    if (this.#end !== null) return Promise.reject(this.#end);
    if (this.#waiting.size >= BOUNDS.storeRequestsMax && method !== "close") {
      return Promise.reject(
        new HaprobeError("HAPROBE_STORE_BEHIND", `${this.#waiting.size} requests wait for the store`),
      );
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<T>((resolve, reject) => {
      const cancel = this.#clock.after(BOUNDS.storeTimeoutMs, () =>
        reject(new HaprobeError("HAPROBE_STORE_BEHIND", `the store did not answer within ${BOUNDS.storeTimeoutMs} ms`)),
      );
      this.#waiting.set(id, {
        resolve: (result) => {
          cancel();
          resolve(result as T);
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      });
      this.#worker.postMessage({ id, method, args } satisfies WorkerRequest);
    });
  }

  /** A request that timed out counts as waiting until its reply is here. */
  #settle(message: WorkerReply): void {
    if (message.kind === "moved") {
      for (const listener of [...this.#listeners]) listener(message.vantage, message.seq);
    }
    if (message.kind !== "reply") return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === null) waiting?.resolve(message.result);
    else waiting?.reject(toStoreError(message.error));
  }

  #fail(message: string): void {
    this.#end ??= new HaprobeError("HAPROBE_STORE_ENDED", message);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }
}

/** The error as it was in the worker. */
export function toStoreError({ code, message, stack }: SentError): HaprobeError {
  const error = new HaprobeError(code ?? "HAPROBE_STORE_FAILED", message);
  if (stack !== null) error.stack = stack;
  return error;
}
