import type { IncidentRecord, IncidentRemark, IncidentState } from "../contract/incident.ts";

/** The record in another time base: every time moved by `byMs` and cut to whole milliseconds. */
export function shiftIncident(record: IncidentRecord, byMs: number): IncidentRecord {
  const shift = (at: number): number => Math.trunc(at + byMs);
  return {
    ...record,
    changedAt: shift(record.changedAt),
    state: shiftState(record.state, shift),
    suspectedAt: shift(record.suspectedAt),
    confirmedAt: shift(record.confirmedAt),
    acknowledgement: shiftAt(record.acknowledgement, shift),
    expected: shiftAt(record.expected, shift),
    notes: record.notes.map((note) => ({ ...note, at: shift(note.at) })),
    members: record.members.map((member) => ({ ...member, since: shift(member.since) })),
    changes: record.changes.map((change) => ({ ...change, at: shift(change.at) })),
  };
}

function shiftState(state: IncidentState, shift: (at: number) => number): IncidentState {
  switch (state.kind) {
    case "open":
      return state;
    case "healing":
      return { ...state, since: shift(state.since) };
    case "ended":
      return { ...state, at: shift(state.at) };
  }
}

function shiftAt(remark: IncidentRemark<number> | null, shift: (at: number) => number): IncidentRemark<number> | null {
  return remark === null ? null : { ...remark, at: shift(remark.at) };
}
