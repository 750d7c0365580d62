import type { Notification } from "../../contract/notification.ts";

/** The first line of a message for people: its state, then the sentence. */
export function headline(notification: Notification): string {
  return `${stateWord(notification)}: ${notification.sentence}`;
}

/** `CRITICAL`, `WARNING`, `INFO`, `RESOLVED` or `TEST`. */
export function stateWord({ kind, isResolved, urgency }: Notification): string {
  if (kind === "test") return "TEST";
  return isResolved ? "RESOLVED" : urgency.toUpperCase();
}
