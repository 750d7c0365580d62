import { BOUNDS } from "../bounds.ts";
import { FINDING_CODES, type Finding } from "../contract/finding.ts";
import type { VantageName } from "../contract/vantage.ts";

/** What one vantage reports. */
export interface VantageFindings {
  readonly by: VantageName;
  readonly findings: readonly Finding[];
}

/**
 * The findings of a hub's own vantage and of others, in the order of their codes, at most `findingsMax`. Of those with the
 * same code and subject there is one, as the first of them says it, with all vantages that report it; one about a haprobe
 * itself stays apart, and its sentence begins with the vantage.
 */
export function joinFindings(own: VantageFindings, others: readonly VantageFindings[]): readonly Finding[] {
  const joined = new Map<string, Finding>();
  for (const finding of own.findings) {
    joined.set(finding.id, isAboutHaprobe(finding) ? finding : { ...finding, vantages: [own.by] });
  }
  for (const { by, findings } of others) {
    for (const finding of findings) {
      if (joined.size >= BOUNDS.findingsMax) break;
      const next = isAboutHaprobe(finding) ? named(finding, by) : { ...finding, vantages: [by] };
      const known = joined.get(next.id);
      joined.set(next.id, known === undefined ? next : withReporter(known, next, by));
    }
  }
  return [...joined.values()].sort((a, b) => FINDING_CODES.indexOf(a.code) - FINDING_CODES.indexOf(b.code));
}

function isAboutHaprobe({ subject }: Finding): boolean {
  return subject.instance === null;
}

function named(finding: Finding, by: VantageName): Finding {
  const { site, vantage } = by;
  const id = [finding.id, ...[site, vantage].map(encodeURIComponent)].join("/");
  return { ...finding, id, sentence: `${vantage} in ${site}: ${finding.sentence}`, vantages: [by] };
}

function withReporter(known: Finding, other: Finding, by: VantageName): Finding {
  const since = known.since < other.since ? known.since : other.since;
  return { ...known, since, vantages: [...known.vantages, by] };
}
