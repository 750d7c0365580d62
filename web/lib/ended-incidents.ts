import type { Incident } from "../../server/contract/incident.ts";
import { VERDICT_LABELS } from "./display-verdict.ts";
import { endText, incidentDuration, incidentName, incidentUnit, incidentVerdict } from "./incident-view.ts";
import { distinctNames, formatMisrouted } from "./mismatch-group.ts";
import { formatElapsed } from "./quantity-format.ts";
import { formatTimeOfDay } from "./time-format.ts";
import type { Toast } from "./toast-list.ts";

/** Incidents of `now` that were open in `before`, and have ended. */
export function endedSince(before: readonly Incident[], now: readonly Incident[]): readonly Incident[] {
  const wasOpen = new Set(before.flatMap(({ id, state }) => (state === "ended" ? [] : [id])));
  return now.filter(({ id, state }) => state === "ended" && wasOpen.has(id));
}

/** That an incident has ended: `cp-2 agrees again`, with how long it lasted and what it cost. */
export function endedToast(incident: Incident, spansSites = false): Toast {
  const { id, end, endedAt, sessions } = incident;
  const name = incidentName(incident, spansSites);
  const isOne = distinctNames(incident.members, ({ server }) => server).length <= 1;
  const endedMs = Date.parse(endedAt ?? "");
  const lasted = formatElapsed(incidentDuration(incident, endedMs));
  const { label } = VERDICT_LABELS[incidentVerdict(incident)];
  const traffic = sessions > 0 ? `, ${formatMisrouted(sessions, incidentUnit(incident))}` : "";
  return {
    title: end === "agreed" ? `${name} ${isOne ? "agrees" : "agree"} again` : `${name}: ${endText(incident)}`,
    text: `Since ${formatTimeOfDay(endedMs)}. ${label} for ${lasted}${traffic}.`,
    incident: id,
  };
}
