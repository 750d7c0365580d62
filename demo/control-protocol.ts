/** One line of words each way as JSON; these are its bounds. */
export const CONTROL = {
  lineChars: 1_024,
  replyChars: 64 * 1_024,
  clientsMax: 16,
  deadlineMs: 5_000,
} as const;

/** What the running demo answers: text for the terminal. */
export interface ControlReply {
  readonly ok: boolean;
  readonly text: string;
}
