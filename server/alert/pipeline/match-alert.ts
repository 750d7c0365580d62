import type { AlertMatch } from "../../contract/alert-settings.ts";
import { matchesPatterns } from "../../match.ts";
import { type AlertPlace, held, type OpenAlert, PASSED, type StageResult } from "./open-alert.ts";

/** Says whether an alert matches, and which key it fails. One of its servers has to match all of instance, backend and server. */
export function matchAlert(
  match: AlertMatch,
  { alert, places }: OpenAlert,
  ignored: readonly (keyof AlertMatch)[] = [],
): StageResult {
  const texts: Readonly<Record<Exclude<keyof AlertMatch, "labels" | keyof AlertPlace>, string | null>> = {
    verdict: alert.isIncident ? alert.name : null,
    notice: alert.isIncident ? null : alert.name,
    reason: alert.reason,
    urgency: alert.urgency,
    site: alert.site,
    subject: alert.subject,
  };
  for (const [key, text] of Object.entries(texts) as [keyof typeof texts, string | null][]) {
    const patterns = match[key];
    if (patterns === undefined || ignored.includes(key)) continue;
    if (text === null || !matchesPatterns(patterns, text)) return held(`${key} is ${text ?? "none"}`);
  }
  for (const [name, patterns] of Object.entries(match.labels ?? {})) {
    const values = alert.labels[name] ?? [];
    if (!values.some((value) => matchesPatterns(patterns, value))) {
      return held(`label ${name} is ${values.join(", ") || "none"}`);
    }
  }
  return places.some((place) => matchesPlace(match, place)) ? PASSED : held("none of its servers matches");
}

function matchesPlace(match: AlertMatch, place: AlertPlace): boolean {
  return (["instance", "backend", "server"] as const).every((key) => {
    const patterns = match[key];
    const name = place[key];
    return patterns === undefined || (name !== null && matchesPatterns(patterns, name));
  });
}
