import type { Clock } from "../clock.ts";

/** What is asked of an instance at once. */
export interface StatsRequest {
  /** One backend, or null for everything. */
  readonly backend: { readonly name: string; readonly proxyId: number } | null;
  /** Also the servers' addresses, names and check addresses (`show servers state`), where the source has them. */
  readonly serversState: boolean;
}

/** A complete answer, in the order in which HAProxy's command line would give it. */
export interface StatsResponse {
  /** As it came, and nobody writes there any more: names are decoded field by field, so that one odd byte spoils nothing else. */
  readonly bytes: Buffer;
  /** Until the connection was ready to be written to, a TLS handshake included. */
  readonly connectMs: number;
  /** Monotonic milliseconds: taken before connecting, so that the answer is never older than it says. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** How long, how much and until when a source may try. */
export interface RequestLimits {
  readonly clock: Clock;
  /** For the whole exchange, connecting included. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A way to one instance. Leaves nothing open between two questions. */
export interface StatsSource {
  /** Where addresses come from: `show servers state`, or (over a stats page) every table's own `addr` column. */
  readonly addressesFrom: "in-state" | "in-table";
  /** Rejects with a HaprobeError for a failure of the way or of HAProxy, with the signal's reason once that is aborted. */
  fetch(question: StatsRequest, limits: RequestLimits): Promise<StatsResponse>;
}
