import type { ProbeSide } from "../../../server/contract/status.ts";
import type { Phase, Verdict } from "../../../server/contract/verdict.ts";

/** What the judge said of a server, from then on. */
export interface VerdictChange {
  readonly at: number;
  readonly key: string;
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: string | null;
  /** The probe that is shown with it, and what was wrong with it. */
  readonly probe: ProbeSide["outcome"];
  readonly fault: string | null;
}

/** Something that happened in the world: to a machine, a HAProxy, a path or our process. */
export interface SimulationEvent {
  readonly at: number;
  /** Name of a machine; null for what is about none or many. */
  readonly machine: string | null;
  readonly text: string;
}

/** A stretch of one machine's life that has a name. */
export interface Episode {
  readonly machine: string;
  readonly name: string;
  readonly from: number;
  to: number;
}

/** All that happened and all that was said, in the order of time. */
export interface Timeline {
  readonly verdicts: VerdictChange[];
  readonly events: SimulationEvent[];
  readonly episodes: Episode[];
}

/** Lines of a timeline that are kept in a printed failure. */
const PRINTED_AT_MOST = 60;

/** The last minute and a half of one server's history up to `at`, as text to read. */
export function renderHistory({ verdicts: said, events: happened }: Timeline, key: string, at: number): string {
  const machine = key.slice(key.lastIndexOf("/") + 1);
  const near = (when: number): boolean => when <= at + 2_000 && when >= at - 90_000;
  const lines = [
    ...happened
      .filter((event) => near(event.at) && (event.machine === null || event.machine === machine))
      .map((event) => ({ at: event.at, text: `  ${event.text}` })),
    ...said
      .filter((word) => word.key === key && near(word.at))
      .map((word) => ({ at: word.at, text: `    haprobe: ${formatVerdict(word)}` })),
  ].sort((a, b) => a.at - b.at);
  return lines
    .slice(-PRINTED_AT_MOST)
    .map((line) => `${(line.at / 1_000).toFixed(3).padStart(10)} ${line.text}`)
    .join("\n");
}

/** `false-up confirmed probe-refused`, `agree-up`. */
export function formatVerdict({ verdict, phase, reason }: VerdictChange): string {
  return [verdict, phase, reason].filter((word) => word !== null).join(" ");
}
