import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import type { TimeRange } from "../contract/history.ts";

/** A time: ISO 8601 with `Z` or an offset; in milliseconds since 1970. */
export const timeParameter = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** Parameters of a range; absent: the default of the path, up to now. */
export const rangeParameters = {
  from: timeParameter.optional().meta({ description: "Begin." }),
  to: timeParameter.optional().meta({ description: "End; absent: now." }),
};

/** How many values a history or series has at most. */
export const pointsParameter = z.coerce
  .number()
  .int()
  .min(4)
  .max(BOUNDS.historyPointsMax)
  .default(BOUNDS.historyPointsDefault)
  .meta({ description: "Most values of the answer.", param: { example: 240 } });

/** The range that is meant, of `defaultMs` where `from` is absent; a sentence for a range that is none. */
export function resolveRange(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  now: number,
  defaultMs: number,
): TimeRange | string {
  const end = Math.trunc(Math.min(to ?? now, now));
  const start = from ?? end - defaultMs;
  if (start >= end) return "from: is not before to, or in the future.";
  if (end - start > BOUNDS.historyRangeMaxMs) return "from: a range has at most 400 days.";
  return { from: start, to: end };
}
