import { BOUNDS } from "../bounds.ts";
import type { IncidentChange, IncidentRecord } from "../contract/incident.ts";

/** The record with one more entry of its history, made by haprobe itself or by a person. */
export function addChange(
  record: IncidentRecord,
  what: IncidentChange["what"],
  text: string,
  at: number,
  who: string | null = null,
): IncidentRecord {
  const n = (record.changes.at(-1)?.n ?? 0) + 1;
  const changes = [...record.changes, { n, at, what, who, text }];
  // The first change, the opening, is kept.
  if (changes.length > BOUNDS.incidentChangesKept) changes.splice(1, 1);
  return { ...record, changes };
}
