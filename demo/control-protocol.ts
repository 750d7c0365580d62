/** Bounds of the protocol: one line of JSON each way. */
export const CONTROL = {
  lineChars: 1_024,
  replyChars: 64 * 1_024,
  clientsMax: 16,
  deadlineMs: 5_000,
} as const;

/** The answer of the running demo: text for the terminal. */
export interface ControlReply {
  readonly ok: boolean;
  readonly text: string;
}
