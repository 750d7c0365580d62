import type { Incident } from "../contract/incident.ts";

/** How long an incident lasted, or has lasted until `now`. */
export function incidentSpan({ suspectedAt, endedAt }: Incident, now: number): number {
  return Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(suspectedAt));
}

/** `12 sessions`, or sessions and requests where backends of both modes have it. */
export function trafficText({ backends }: Pick<Incident, "backends">): string {
  const units = (["sessions", "requests"] as const).flatMap((unit) => {
    const ofUnit = backends.filter((backend) => backend.unit === unit);
    return ofUnit.length === 0 ? [] : [`${ofUnit.reduce((sum, { sessions }) => sum + sessions, 0)} ${unit}`];
  });
  return units.join(", ") || "–";
}
