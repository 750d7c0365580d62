import type { Alert, Notification } from "../../contract/notification.ts";
import { toPlainLine } from "../plain-text.ts";
import { formatCount, formatSpan } from "../../contract/quantity-text.ts";

/** A part of a message below its sentence. `isCode`: lines to paste or to read in a fixed-width font. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly isCode: boolean;
}

/** Servers that one line of text names. */
const MEMBERS_IN_TEXT = 6;
const NAME_CHARS = 120;

/** The parts of a message that channels for people show, most useful first; lines are plain text, not escaped for any channel. */
export function sectionsOf({ alerts, alertCount, cause }: Notification): readonly Section[] {
  const [first] = alerts;
  if (first === undefined) return [];
  if (alertCount === 1) return alertSections(first, cause);
  const named = alerts.map(({ sentence, resolved }) => `${resolved === null ? "" : "resolved: "}${sentence}`);
  const more = alertCount - alerts.length;
  return [
    text("Sent because", cause),
    { title: "Alerts", lines: more > 0 ? [...named, `and ${more} more`] : named, isCode: false },
    text("Mitigate", first.mitigate),
    code("Permanent fix", first.permanentFix),
  ].filter(({ lines }) => lines.length > 0);
}

function alertSections(alert: Alert, cause: string): readonly Section[] {
  const { resolved } = alert;
  const noticed = resolved?.noticedAfterMs ?? null;
  return [
    text("Since", resolved === null ? alert.since : `${alert.since}, for ${formatSpan(resolved.afterMs)}`),
    text("Servers", formatMembers(alert)),
    text("Why", alert.why),
    text(
      "Sessions",
      alert.sessions > 0 ? `${formatCount(alert.sessions, "session")} since the first failed probe` : "",
    ),
    text(
      "HAProxy",
      resolved === null || alert.name !== "false-up"
        ? ""
        : noticed === null
          ? "never noticed"
          : `noticed after ${formatSpan(noticed)}`,
    ),
    code("Evidence", alert.evidence),
    text("Mitigate", alert.mitigate),
    code("Permanent fix", alert.permanentFix),
    text("Sent because", cause),
  ].filter(({ lines }) => lines.length > 0);
}

function formatMembers({ members, memberCount }: Alert): string {
  const named = members.slice(0, MEMBERS_IN_TEXT).map(({ key, active }) => {
    return `${toPlainLine(key, NAME_CHARS)}${active ? "" : " (no longer)"}`;
  });
  const more = memberCount - named.length;
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}

function text(title: string, line: string): Section {
  return { title, lines: line === "" ? [] : [line], isCode: false };
}

function code(title: string, lines: readonly string[]): Section {
  return { title, lines, isCode: true };
}
