import type { MonitorEvent } from "../contract/event.ts";
import type { Said } from "./recording-lines.ts";

/** Members of an incident that are named. */
const MEMBERS_MAX = 10;

/** What a recording keeps of an event; null where it says nothing about a verdict or an incident. */
export function toSaid(event: MonitorEvent): Said | null {
  switch (event.type) {
    case "verdict-changed": {
      const { verdict, phase, reason } = event.to;
      return { kind: "verdict", at: event.at, key: event.key, verdict, phase, reason };
    }
    case "incident-opened":
    case "incident-changed":
    case "incident-ended": {
      // What a person says of an incident does not come from the inputs.
      if ((event.incident.changes.at(-1)?.who ?? null) !== null) return null;
      const { id, verdict, subject, reason, sentence, suspectedAt, confirmedAt } = event.incident;
      const members = event.incident.members.slice(0, MEMBERS_MAX).map(({ key }) => key);
      return {
        kind: "incident",
        at: event.at,
        what: event.type,
        id,
        verdict,
        subject,
        reason,
        sentence,
        suspectedAt,
        confirmedAt,
        members,
      };
    }
    default:
      return null;
  }
}
