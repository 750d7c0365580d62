import { BOUNDS } from "../bounds.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import { addChange } from "./incident-change.ts";
import type { IncidentRemarkFact } from "./incident-fact.ts";

/** Applies what a person says. The same object comes back where it says nothing new, and for a note too many. */
export function applyRemark(record: IncidentRecord, fact: IncidentRemarkFact, now: number): IncidentRecord {
  const { name } = fact;
  switch (fact.kind) {
    case "acknowledged": {
      const { acknowledgement } = record;
      if (acknowledgement?.name === name && acknowledgement.text === fact.text) return record;
      const next = { ...record, acknowledgement: { at: now, name, text: fact.text } };
      return addChange(next, "acknowledged", fact.text, now, name);
    }
    case "noted":
      if (hasAllNotes(record)) return record;
      return { ...record, notes: [...record.notes, { at: now, name, text: fact.text }] };
    case "marked-expected": {
      const { why } = fact;
      if ((record.expected?.text ?? null) === why) return record;
      if (why === null) return addChange({ ...record, expected: null }, "not-expected", "", now, name);
      return addChange({ ...record, expected: { at: now, name, text: why } }, "expected", why, now, name);
    }
  }
}

/** True where the record takes no further note. */
export function hasAllNotes({ notes }: IncidentRecord): boolean {
  return notes.length >= BOUNDS.incidentNotesMax;
}
