/** How the heartbeat does. */
export interface HeartbeatStatus {
  /** Requests since the start. */
  readonly sent: number;
  readonly failed: number;
  /** Milliseconds since 1970; null before the first that arrived. */
  readonly lastSentAt: number | null;
  /** Why the last one did not arrive, without secrets; null where it did. */
  readonly error: string | null;
}

/** How messages are delivered. */
export interface AlertStatus {
  /** Messages and attempts since the start, by channel and result. */
  readonly results: readonly { readonly channel: string; readonly result: string; readonly count: number }[];
  /** Messages that wait, and when the oldest was made, milliseconds since 1970. */
  readonly waiting: number;
  readonly oldestMadeAt: number | null;
  /** Channels whose last message did not arrive, and why; `disabled` ones are sent nothing more. */
  readonly failing: readonly { readonly channel: string; readonly error: string; readonly disabled: boolean }[];
  /** Null where none is configured. */
  readonly heartbeat: HeartbeatStatus | null;
}
