import type { MergedVerdict, UncountedVantage, VantageDifference, VantageWord } from "../contract/vantage-word.ts";
import type { Phase } from "../contract/verdict.ts";
import { countVantages, newestWord } from "./counted-vantages.ts";
import {
  describeAnswers,
  describeBesideHaproxy,
  describePath,
  describeSeen,
  describeUncounted,
  describeUnplaced,
  NONE_REPORTS,
} from "./vantage-sentences.ts";

/** A merged verdict without what is the same for every row of the table. */
type RowVerdict = Omit<MergedVerdict, "counted" | "uncounted">;

/**
 * Merges what several vantages say of one server, as in the table of docs/concepts.md. Pure: the order of the words does
 * not matter; `now` and all times are milliseconds since 1970. A single vantage keeps its own verdict, and a silent one
 * makes none.
 */
export function mergeVantages(words: readonly VantageWord[], now: number): MergedVerdict | null {
  const { counted, uncounted } = countVantages(words, now);
  const first = counted[0];
  if (first === undefined) return mergeUncounted(words, uncounted);
  const row = counted.length === 1 ? ownVerdict(first) : mergeCounted(counted);
  const about = { counted: namesOf(counted), uncounted };
  if (uncounted.length === 0) return { ...row, ...about };
  const only = counted.length === 1 ? `only ${first.vantage} reports; ` : "";
  return { ...row, sentence: `${row.sentence}; ${only}${describeUncounted(uncounted)}`, ...about };
}

/** The verdict while no word counts: what a vantage that is not silent says of itself, or that none is heard. */
function mergeUncounted(words: readonly VantageWord[], uncounted: readonly UncountedVantage[]): MergedVerdict | null {
  const heard = uncounted.find(({ why }) => why !== "silent");
  const vantage = (heard ?? uncounted[0])?.vantage;
  const word = words.find((each) => each.vantage === vantage);
  if (word === undefined) return null;
  const own = ownVerdict(word);
  const about = { counted: [], uncounted };
  if (heard === undefined) {
    const sentence = `${NONE_REPORTS}; ${describeUncounted(uncounted)}`;
    const since = Math.max(...words.map(({ heardAt }) => heardAt));
    return {
      ...own,
      verdict: "unknown",
      phase: null,
      reason: "vantage-silent",
      sentence,
      since,
      speaking: [],
      ...about,
    };
  }
  const others = uncounted.filter((each) => each.vantage !== vantage);
  const sentence = others.length === 0 ? own.sentence : `${own.sentence}; ${describeUncounted(others)}`;
  return { ...own, sentence, ...about };
}

/** At least two words. What HAProxy says is taken from the vantage that spoke last. */
function mergeCounted(counted: readonly VantageWord[]): RowVerdict {
  const newest = newestWord(counted) as VantageWord;
  const belief = beliefOf(newest);
  if (belief === "none") return ownVerdict(newest);
  const agreeing = counted.filter((word) => beliefOf(word) === belief);
  const failing = agreeing.filter(isFailing);
  const passing = agreeing.filter(isPassing);
  const [against, alongside] = belief === "up" ? [failing, passing] : [passing, failing];
  const strongest = strongestOf(against);
  if (strongest === null) return ownVerdict(alongside[0] ?? newest);
  if (alongside.length === 0) return mergeSame(against, strongest);
  const answers = failing.filter(({ probe }) => probe.stage === "answer");
  if (answers.length > 0) return mergeAnswers(answers, failing, passing, belief);
  return mergePaths(failing, passing, belief);
}

/** Every vantage that knows something says the same. */
function mergeSame(against: readonly VantageWord[], strongest: VantageWord): RowVerdict {
  const own = ownVerdict(strongest);
  const speaking = namesOf(against);
  if (against.length === 1) return { ...own, speaking };
  const sentence = describeSeen(strongest.sentence, against.length);
  if (strongest.verdict !== "unknown") return { ...own, sentence, speaking };
  // Alone each of them suspects its own path; where HAProxy's clients get through, it is still right to.
  const isPathLikely = against.some(({ traffic }) => traffic === "works");
  if (isPathLikely) return { ...own, sentence };
  const phase: Phase = against.every(isDecided) ? "confirmed" : "settling";
  return { ...own, verdict: "false-up", phase, reason: strongest.probe.fault, sentence, speaking };
}

/** The server answers, and not the same to all: a mismatch where HAProxy has it up, and none where it has it down. */
function mergeAnswers(
  answers: readonly VantageWord[],
  failing: readonly VantageWord[],
  passing: readonly VantageWord[],
  belief: "up" | "down",
): RowVerdict {
  const decisive = strongestOf(belief === "up" ? answers : failing) as VantageWord;
  return {
    ...ownVerdict(decisive),
    sentence: describeAnswers(decisive, failing, passing),
    speaking: belief === "up" ? namesOf(failing) : [],
    difference: differenceOf("answers", failing, passing),
  };
}

/** Some do not reach the server: the vantage beside HAProxy decides, since its path is HAProxy's. */
function mergePaths(
  failing: readonly VantageWord[],
  passing: readonly VantageWord[],
  belief: "up" | "down",
): RowVerdict {
  const homeFailing = failing.find(({ isHome }) => isHome);
  const homePassing = passing.find(({ isHome }) => isHome);
  if (homeFailing !== undefined) {
    return {
      ...ownVerdict(homeFailing),
      sentence: describeBesideHaproxy(homeFailing, passing),
      difference: differenceOf("unplaced", failing, passing),
    };
  }
  if (homePassing !== undefined) {
    const path = describePath(homePassing, failing);
    const sentence = belief === "up" ? path : `${homePassing.sentence}; ${path}`;
    return { ...ownVerdict(homePassing), sentence, difference: differenceOf("path", failing, passing) };
  }
  return mergeUnplaced(failing, passing, belief);
}

function mergeUnplaced(
  failing: readonly VantageWord[],
  passing: readonly VantageWord[],
  belief: "up" | "down",
): RowVerdict {
  const decisive = strongestOf(failing) as VantageWord;
  const own = ownVerdict(decisive);
  const sentence = describeUnplaced(decisive, failing, passing);
  const difference = differenceOf("unplaced", failing, passing);
  const suffering =
    belief === "up" ? failing.find(({ traffic, phase }) => traffic === "fails" && phase !== null) : undefined;
  if (suffering !== undefined) {
    return { ...ownVerdict(suffering), sentence, speaking: namesOf(failing), difference };
  }
  // A pass from before the failure does not contradict it: the next word of that vantage will.
  const isContradicted =
    belief === "down" || passing.some(({ heardAt, probe }) => heardAt - (probe.ageMs ?? 0) >= decisive.since);
  if (!isContradicted) {
    const phase = own.phase === "confirmed" ? "settling" : own.phase;
    return { ...own, phase, sentence, difference };
  }
  return { ...own, verdict: "unknown", phase: null, reason: "path-differs", sentence, speaking: [], difference };
}

function ownVerdict({ vantage, verdict, phase, reason, sentence, since }: VantageWord): RowVerdict {
  const speaking = phase === null ? [] : [vantage];
  return { verdict, phase, reason, sentence, since, deciding: vantage, speaking, difference: null };
}

/** Whether HAProxy sends it traffic; `none` where it was taken out, or where that is not known. */
function beliefOf({ verdict, haproxyStatus }: VantageWord): "up" | "down" | "none" {
  switch (verdict) {
    case "false-up":
    case "agree-up":
      return "up";
    case "false-down":
    case "agree-down":
      return "down";
    case "out-of-service":
      return "none";
    case "unknown":
      return /^(UP|no check)/.test(haproxyStatus) ? "up" : haproxyStatus.startsWith("DOWN") ? "down" : "none";
  }
}

/** True where the probe fails and the vantage has an opinion about it, if only that it may be its own path. */
function isFailing({ verdict, reason, probe }: VantageWord): boolean {
  if (probe.outcome !== "failed") return false;
  if (verdict !== "unknown") return true;
  return (reason === "path-differs" || reason === "never-reached") && probe.stage !== "answer";
}

function isPassing({ verdict, probe }: VantageWord): boolean {
  return verdict !== "unknown" && probe.outcome === "passed";
}

/** True for a failure that its vantage has made up its mind about. */
function isDecided({ verdict, phase }: VantageWord): boolean {
  return phase === "confirmed" || verdict === "unknown";
}

const STRENGTHS: Readonly<Record<Phase, number>> = { confirmed: 4, settling: 2, suspected: 1 };

/** The word that is the surest, the first of them in their order; one that suspects its path is surer than an undecided one. */
function strongestOf(ordered: readonly VantageWord[]): VantageWord | null {
  const strength = ({ verdict, phase }: VantageWord): number =>
    phase === null ? (verdict === "unknown" ? 3 : 0) : STRENGTHS[phase];
  let strongest: VantageWord | null = null;
  for (const word of ordered) if (strongest === null || strength(word) > strength(strongest)) strongest = word;
  return strongest;
}

function differenceOf(
  kind: VantageDifference["kind"],
  failing: readonly VantageWord[],
  passing: readonly VantageWord[],
): VantageDifference {
  return { kind, failing: namesOf(failing), passing: namesOf(passing) };
}

function namesOf(words: readonly VantageWord[]): readonly string[] {
  return words.map(({ vantage }) => vantage);
}
