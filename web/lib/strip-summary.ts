import { VERDICT_LABELS } from "./display-verdict.ts";
import { formatElapsed, formatList } from "./quantity-format.ts";
import type { StripRun } from "./strip-history.ts";
import { formatTimestamp } from "./time-format.ts";

/** Exceptions that are named, the newest ones. */
const NAMED_MAX = 3;

/** What a strip shows from `from` to `to`, in words: `agreed except 13:26:41 for 3 s, Pending and since 14:03:12, False UP`. */
export function stripSummary(runs: readonly StripRun[], from: number, to: number): string {
  const shown = runs
    .map((run, i) => ({ ...run, until: runs[i + 1]?.at ?? to }))
    .filter(({ at, until, haproxy }) => at < to && until > from && haproxy !== "absent");
  const last = shown.at(-1);
  if (last === undefined) return "nothing was recorded";
  const exceptions = shown.filter(({ verdict }) => verdict !== "agree-up");
  if (exceptions.length === 0) return "agreed";
  if (shown.every(({ verdict }) => verdict === last.verdict)) {
    return `${VERDICT_LABELS[last.verdict].label} since ${formatTimestamp(shown[0]?.at ?? from, to)}`;
  }
  const named = exceptions.slice(-NAMED_MAX).map(({ at, until, verdict }) => {
    const { label } = VERDICT_LABELS[verdict];
    const time = formatTimestamp(at, to);
    return until >= to ? `since ${time}, ${label}` : `${time} for ${formatElapsed(until - at)}, ${label}`;
  });
  const more = exceptions.length - named.length;
  return `agreed except ${formatList(more === 0 ? named : [`${more} earlier times`, ...named], NAMED_MAX + 1)}`;
}
