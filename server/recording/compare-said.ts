import type { Said, SaidIncident, SaidVerdict } from "./recording-lines.ts";

/** An incident from its opening to its end; times are milliseconds since 1970. */
export interface IncidentSpell {
  readonly id: string;
  readonly verdict: string;
  readonly subject: string;
  readonly sentence: string;
  readonly reason: string | null;
  readonly members: readonly string[];
  readonly suspectedAt: number;
  /** When it was confirmed, or opened again. */
  readonly openedAt: number;
  readonly endedAt: number | null;
}

/** What a replay says of the incidents: each live one beside the one that takes its place. */
export interface SaidComparison {
  readonly same: readonly IncidentSpell[];
  /** Opened at another time, or for another reason. */
  readonly changed: readonly { readonly live: IncidentSpell; readonly replayed: IncidentSpell }[];
  readonly missing: readonly IncidentSpell[];
  readonly added: readonly IncidentSpell[];
  /** Verdict changes of the one that the other does not have. */
  readonly liveOnly: readonly SaidVerdict[];
  readonly replayedOnly: readonly SaidVerdict[];
}

/** Compares what was said live with what a replay says. */
export function compareSaid(live: readonly Said[], replayed: readonly Said[]): SaidComparison {
  const left = incidentSpells(replayed);
  const same: IncidentSpell[] = [];
  const changed: { live: IncidentSpell; replayed: IncidentSpell }[] = [];
  const missing: IncidentSpell[] = [];
  for (const spell of incidentSpells(live)) {
    const place = left.findIndex((other) => isSameFault(spell, other));
    const [other] = place === -1 ? [] : left.splice(place, 1);
    if (other === undefined) missing.push(spell);
    else if (other.openedAt === spell.openedAt && other.reason === spell.reason) same.push(spell);
    else changed.push({ live: spell, replayed: other });
  }
  return {
    same,
    changed,
    missing,
    added: left,
    liveOnly: difference(live, replayed),
    replayedOnly: difference(replayed, live),
  };
}

/** The incidents of what was said, in the order of their opening. */
export function incidentSpells(said: readonly Said[]): IncidentSpell[] {
  const spells: IncidentSpell[] = [];
  const open = new Map<string, number>();
  for (const word of said) {
    if (word.kind !== "incident") continue;
    if (word.what === "incident-opened") {
      open.set(word.id, spells.length);
      spells.push(toSpell(word));
    }
    const place = open.get(word.id);
    const spell = place === undefined ? undefined : spells[place];
    if (word.what !== "incident-ended" || place === undefined || spell === undefined) continue;
    spells[place] = { ...spell, endedAt: word.at };
    open.delete(word.id);
  }
  return spells;
}

function toSpell({ id, verdict, subject, sentence, reason, members, suspectedAt, at }: SaidIncident): IncidentSpell {
  return { id, verdict, subject, sentence, reason, members, suspectedAt, openedAt: at, endedAt: null };
}

/** True for two incidents about the same that overlap in time. */
function isSameFault(a: IncidentSpell, b: IncidentSpell): boolean {
  const overlap =
    a.suspectedAt <= (b.endedAt ?? Number.POSITIVE_INFINITY) &&
    b.suspectedAt <= (a.endedAt ?? Number.POSITIVE_INFINITY);
  return a.verdict === b.verdict && a.subject === b.subject && overlap;
}

/** Verdicts of `a` that `b` does not have, each as often as it is missing. */
function difference(a: readonly Said[], b: readonly Said[]): SaidVerdict[] {
  const counts = new Map<string, number>();
  for (const word of b) {
    if (word.kind === "verdict") counts.set(keyOf(word), (counts.get(keyOf(word)) ?? 0) + 1);
  }
  return a.filter((word): word is SaidVerdict => {
    if (word.kind !== "verdict") return false;
    const count = counts.get(keyOf(word)) ?? 0;
    counts.set(keyOf(word), count - 1);
    return count <= 0;
  });
}

function keyOf({ at, key, verdict, phase, reason }: SaidVerdict): string {
  return JSON.stringify([at, key, verdict, phase, reason]);
}
