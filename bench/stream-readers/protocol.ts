/** What the bench asks of its readers. */
export type PushQuestion =
  | { readonly kind: "connect"; readonly way: PushWay; readonly url: string; readonly count: number }
  | { readonly kind: "count" };

/** The two streams: plain WebSocket for scripts, socket.io for the dashboard. */
export type PushWay = "ws" | "socket.io";

/** Messages that all readers together had since they connected. */
export interface PushAnswer {
  readonly received: number;
}
