import type { PushTransport } from "../stream-readers/protocol.ts";

/** Requests of the bench to its load clients; each client has one of several loopback addresses. */
export type LoadRequest =
  | {
      readonly kind: "connect";
      readonly transport: PushTransport;
      readonly url: string;
      /** Query of the plain stream, such as `?problems=1`. */
      readonly query: string;
      readonly count: number;
    }
  /** Looks for the next message with all of these texts in each open stream; answered once that has begun. */
  | { readonly kind: "arm"; readonly texts: readonly string[] }
  /** Waits until each open stream has received what it was armed for, or until the deadline. */
  | { readonly kind: "await-armed"; readonly deadlineMs: number }
  | { readonly kind: "received" }
  /** Sends requests to these paths in turn at a fixed rate, whether earlier ones were answered or not. */
  | {
      readonly kind: "requests";
      readonly url: string;
      readonly paths: readonly string[];
      readonly perSecond: number;
      readonly forMs: number;
    };

export interface LoadResponse {
  /** Streams that are open, and upgrades and streams that were refused. */
  readonly open: number;
  readonly refused: number;
  /** Messages and bytes since the request before. */
  readonly messages: number;
  readonly bytes: number;
  /** Wall clock at which each stream received the texts; of `await-armed`. */
  readonly receivedAt: readonly number[];
  /** Milliseconds until each answer, and the number of answers by status; of `requests`. */
  readonly latencies: readonly number[];
  readonly statuses: Readonly<Record<string, number>>;
}
