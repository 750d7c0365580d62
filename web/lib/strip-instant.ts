import { DISPLAY_VERDICTS, VERDICT_LABELS } from "./display-verdict.ts";
import { formatElapsed } from "./quantity-format.ts";
import type { StripGap, StripRun } from "./strip-history.ts";
import { formatTimestamp } from "./time-format.ts";

/** The known past of one server. */
export interface KnownStrip {
  readonly key: string;
  readonly runs: readonly StripRun[];
  readonly gaps: readonly StripGap[];
}

/** What a strip shows at one time. */
export interface StripInstant {
  readonly time: string;
  /** `HAProxy UP L4OK, haprobe timed out`. */
  readonly words: string;
  /** `suspected for 3 s`; empty where nothing was recorded. */
  readonly verdict: string;
}

/** What these strips show at a time, of several the worst; `now` ends the last run. */
export function stripInstant(strips: readonly KnownStrip[], at: number, now: number): StripInstant {
  const time = formatTimestamp(at, now);
  const found = strips.flatMap((strip) => runAt(strip, at) ?? []);
  const [worst] = found.toSorted((a, b) => rankOf(a.run) - rankOf(b.run));
  if (worst === undefined || at > now) return { time, words: "nothing was recorded", verdict: "" };
  const { run, until, key, isFirst } = worst;
  const lasted = formatElapsed((until ?? now) - run.at);
  const name = strips.length > 1 ? `${key.split("/").at(-1) ?? ""}: ` : "";
  const label = VERDICT_LABELS[run.verdict].label;
  return {
    time,
    words: name + (run.words ?? ""),
    verdict: `${label}${run.expected ? ", expected" : ""}, ${isFirst ? "≥ " : ""}${lasted}`,
  };
}

const rankOf = ({ verdict }: StripRun): number => DISPLAY_VERDICTS.indexOf(verdict);

/** A run, and the time of the next one; the first that is known may have begun earlier. */
interface FoundRun {
  readonly key: string;
  readonly run: StripRun;
  readonly until: number | null;
  readonly isFirst: boolean;
}

/** The run of a server at a time; null where nothing was recorded. */
function runAt({ key, runs, gaps }: KnownStrip, at: number): FoundRun | null {
  if (gaps.some(({ from, to }) => from <= at && at < to)) return null;
  const place = runs.findLastIndex((run) => run.at <= at);
  const run = runs[place];
  if (run === undefined || run.haproxy === "absent") return null;
  return { key, run, until: runs[place + 1]?.at ?? null, isFirst: place === 0 };
}
