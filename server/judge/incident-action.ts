import { BOUNDS } from "../bounds.ts";
import type { IncidentAction, IncidentRecord } from "../contract/incident.ts";
import { addChange } from "./incident-change.ts";

/** Applies what a person does. The same object comes back where it changes nothing, and for a note too many. */
export function applyAction(record: IncidentRecord, action: IncidentAction, now: number): IncidentRecord {
  const { name } = action;
  switch (action.kind) {
    case "acknowledged": {
      const { acknowledgement } = record;
      if (acknowledgement?.name === name && acknowledgement.text === action.text) return record;
      const next = { ...record, acknowledgement: { at: now, name, text: action.text } };
      return addChange(next, "acknowledged", action.text, now, name);
    }
    case "noted":
      if (record.notes.length >= BOUNDS.incidentNotesMax) return record;
      return { ...record, notes: [...record.notes, { at: now, name, text: action.text }] };
    case "marked-expected": {
      const { why } = action;
      if ((record.expected?.text ?? null) === why) return record;
      if (why === null) return addChange({ ...record, expected: null }, "not-expected", "", now, name);
      return addChange({ ...record, expected: { at: now, name, text: why } }, "expected", why, now, name);
    }
  }
}
