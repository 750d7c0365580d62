import type { LogPosition, StoredEvent } from "./store.ts";
import type { VantageName, VantageStatus } from "./vantage.ts";

/** Version of what vantages send to hubs. */
export const INGEST_VERSION = 1;

/** A part of a vantage's log on its way to a hub. */
export interface IngestRequest {
  readonly version: typeof INGEST_VERSION;
  readonly position: LogPosition;
  /** In the order of their numbers, all of the position's; fewer where `hasGap`. None: a sign of life. */
  readonly events: readonly StoredEvent[];
  /** The log no longer has all of them: of each server the newest is there. */
  readonly hasGap: boolean;
  /** Absent: as before. */
  readonly status?: VantageStatus;
}

/**
 * What became of it. `applied`: the hub has everything up to `seq`. `gap`: it goes on at `expectedSeq`. `superseded`: another
 * log took the name of this vantage. `later`: the same again after `retryInMs`. `refused`: `isContent` where it is about the
 * events, and not about the sender.
 */
export type IngestOutcome =
  | { readonly kind: "applied"; readonly seq: number }
  | { readonly kind: "gap"; readonly expectedSeq: number }
  | { readonly kind: "superseded" }
  | { readonly kind: "later"; readonly retryInMs: number; readonly detail: string }
  | { readonly kind: "refused"; readonly detail: string; readonly isContent: boolean };

/** Takes what vantages send; `sender` is the vantage that the token is for. */
export interface IngestReceiver {
  ingest(request: IngestRequest, sender: VantageName): Promise<IngestOutcome>;
}
