import { BOUNDS } from "../../bounds.ts";
import { worstUrgency } from "../../contract/alert-settings.ts";
import { ALERT_URGENCIES, type Alert, type AlertUrgency, type Notification } from "../../contract/notification.ts";
import { cut, toPlainLine } from "../plain-text.ts";
import { formatCount } from "../../contract/quantity-text.ts";

const NAME_CHARS = 48;

/** The message about a group of alerts, firing or ended; at least one. `held` are those that fire and are not mentioned. */
export function groupMessage(
  alerts: readonly Alert[],
  about: Pick<Notification, "id" | "thread" | "fingerprint" | "n" | "kind" | "at" | "cause">,
  publicUrl: string | null,
  namedMax: number = BOUNDS.alertsNamed,
  held: readonly { readonly urgency: AlertUrgency }[] = [],
): Notification {
  const sorted = alerts.toSorted(byWeight);
  const isResolved = held.length === 0 && alerts.every(({ resolved }) => resolved !== null);
  const weighed = isResolved ? alerts : [...alerts.filter(({ resolved }) => resolved === null), ...held];
  const more = held.length === 0 ? "" : `; ${formatCount(held.length, "further alert")} held`;
  return {
    ...about,
    urgency: weighed.map(({ urgency }) => urgency).reduce<AlertUrgency>(worstUrgency, "info"),
    sentence: `${cut(groupSentence(sorted), BOUNDS.alertSentenceChars - more.length)}${more}`,
    alerts: sorted
      .slice(0, namedMax)
      .map((alert, index) => (index < BOUNDS.alertsNamed ? alert : withoutDetails(alert))),
    alertCount: alerts.length,
    link: sorted.length === 1 ? (sorted[0]?.link ?? null) : publicUrl,
    isResolved,
  };
}

/** Keeps a message about a thousand alerts below a megabyte. */
function withoutDetails(alert: Alert): Alert {
  return { ...alert, members: [], evidence: [] };
}

/** One alert's own sentence; of several, what they have in common, with the counts of all. */
function groupSentence(alerts: readonly Alert[]): string {
  const [first] = alerts;
  if (first === undefined || alerts.length === 1) return first?.sentence ?? "";
  const firing = alerts.filter(({ resolved }) => resolved === null);
  const shown = firing.length > 0 ? firing : alerts;
  const sessions = shown.reduce((sum, alert) => sum + alert.sessions, 0);
  const counts = [
    sessions > 0 ? `${formatCount(sessions, "session")} ${firing.length > 0 ? "so far" : "went to them"}` : null,
    firing.length > 0 && firing.length < alerts.length ? `${alerts.length - firing.length} resolved` : null,
  ].filter((part) => part !== null);
  return cut(
    [groupStory(shown, firing.length === 0), counts.join(", ")].filter(Boolean).join("; "),
    BOUNDS.alertSentenceChars,
  );
}

function groupStory(alerts: readonly Alert[], hasEnded: boolean): string {
  const names = new Set(alerts.map(({ name }) => name));
  const [name] = names;
  const backends = new Set(alerts.flatMap(({ members }) => members.map(({ backend }) => backend)));
  const [backend] = backends;
  const of = backends.size === 1 && backend !== undefined ? ` of ${toPlainLine(backend, NAME_CHARS)}` : "";
  if (names.size === 1 && name === "false-up") {
    const end = hasEnded ? "are no longer falsely UP" : "are UP in HAProxy and failing their probes";
    return `${alerts.length} servers${of} ${end}`;
  }
  if (names.size === 1 && name === "false-down") {
    return `${alerts.length} servers${of} ${hasEnded ? "are no longer falsely DOWN" : "are DOWN in HAProxy and passing their probes"}`;
  }
  const others = alerts.length - 1;
  return `${toPlainLine(alerts[0]?.sentence ?? "", 90)} and ${formatCount(others, "further alert")}${hasEnded ? " ended" : ""}`;
}

/** Firing before ended, then the worst urgency, then the most sessions, then the oldest. */
function byWeight(a: Alert, b: Alert): number {
  return (
    Number(a.resolved !== null) - Number(b.resolved !== null) ||
    ALERT_URGENCIES.indexOf(a.urgency) - ALERT_URGENCIES.indexOf(b.urgency) ||
    b.sessions - a.sessions ||
    a.since.localeCompare(b.since)
  );
}
