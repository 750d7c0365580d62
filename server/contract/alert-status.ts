/** How messages are delivered. */
export interface AlertStatus {
  /** Messages and attempts since the start, by channel and result. */
  readonly results: readonly { readonly channel: string; readonly result: string; readonly count: number }[];
  /** Messages that wait, and when the oldest was made, milliseconds since 1970. */
  readonly waiting: number;
  readonly oldestMadeAt: number | null;
  /** Channels whose last message did not arrive, and why; `disabled` ones are sent nothing more. */
  readonly failing: readonly { readonly channel: string; readonly error: string; readonly disabled: boolean }[];
}
