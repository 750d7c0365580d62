import type { NotificationAttempt, NotificationDetail, NotificationStatus } from "../../server/contract/alert-api.ts";
import type { IncidentMessage } from "./incident-view.ts";
import { formatMilliseconds } from "./quantity-format.ts";

/** What became of a message, in words. */
export const STATUS_LABELS: Readonly<Record<NotificationStatus, string>> = {
  waiting: "waiting",
  sent: "sent",
  failed: "failed",
  superseded: "superseded",
};

const ORDINALS = ["1st", "2nd", "3rd"];

/** `2nd`, `4th`. */
export function formatOrdinal(n: number): string {
  return ORDINALS[n - 1] ?? `${n}th`;
}

/** What the receiver said to one attempt: `200 after 12.3 ms`, `timed out`. */
export function attemptText({ status, error, durationMs }: NotificationAttempt): string {
  return `${error ?? status ?? "sent"} after ${formatMilliseconds(Math.round(durationMs * 10) / 10)}`;
}

/** A message as a line of what happened: `Sent to chat` and ` at the 2nd attempt`, at the time of its last attempt. */
export function messageLine(message: NotificationDetail): IncidentMessage {
  const { id, channel, kind, status, attemptLog, madeAt } = message;
  const last = attemptLog.at(-1);
  const failed = attemptLog.filter(({ error }) => error !== null).length;
  const times = attemptLog.length > 1 ? ` at the ${formatOrdinal(attemptLog.length)} attempt` : "";
  if (status === "sent") {
    const before = failed > 0 && attemptLog[0]?.error != null ? `; the 1st: ${attemptLog[0].error}` : "";
    return { id, at: last?.at ?? madeAt, text: `Sent to ${channel}`, detail: `${times} (${kind})${before}` };
  }
  const why = last?.error == null ? "" : `: ${last.error}`;
  const text = status === "waiting" ? `Waits for ${channel}` : `Not sent to ${channel}`;
  return { id, at: last?.at ?? madeAt, text, detail: ` (${kind}, ${STATUS_LABELS[status]})${why}` };
}
