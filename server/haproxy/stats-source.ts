import type { Clock } from "../clock.ts";

/** What one poll requests from an instance. */
export interface StatsRequest {
  /** One backend, or null for everything. */
  readonly backend: { readonly name: string; readonly proxyId: number } | null;
  /** Also requests `show servers state` (addresses, names, check addresses), where the source has it. */
  readonly serversState: boolean;
}

/** A complete response, in the order of the Runtime API. */
export interface StatsResponse {
  /** The raw response, never written to again; fields are decoded one by one, so that an invalid byte affects its own field only. */
  readonly bytes: Buffer;
  /** Milliseconds until the connection was established, TLS included. */
  readonly connectMs: number;
  /** Monotonic milliseconds, taken before connecting, so that the response is never older than stated. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** Limits of one request. */
export interface RequestLimits {
  readonly clock: Clock;
  /** For the whole exchange, connecting included. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A way to read the stats of one instance; no connection stays open between two requests. */
export interface StatsSource {
  /** Where addresses come from: `show servers state`, or (over a stats page) the `addr` column of each table. */
  readonly addressesFrom: "in-state" | "in-table";
  /** Rejects with a HaprobeError for a failed exchange, or with the signal's reason. */
  fetch(request: StatsRequest, limits: RequestLimits): Promise<StatsResponse>;
}
