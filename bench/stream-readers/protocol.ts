/** Requests of the bench to its readers. */
export type ReaderRequest =
  | { readonly kind: "connect"; readonly transport: PushTransport; readonly url: string; readonly count: number }
  | { readonly kind: "count" };

/** The two streams: plain WebSocket for scripts, socket.io for the dashboard. */
export type PushTransport = "ws" | "socket.io";

/** Messages that all readers together received since they connected. */
export interface ReaderResponse {
  readonly received: number;
}
