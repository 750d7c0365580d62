import { Cron } from "croner";
import type { CronTime } from "../../contract/alert-settings.ts";

/** Parsed expressions; the configuration holds few. */
const parsed = new Map<string, Cron>();

/** True in a minute that the expression matches in its time zone. */
export function isCronMinute(time: CronTime, at: number): boolean {
  const minute = new Date(Math.floor(at / 60_000) * 60_000);
  return parse(time).match(minute);
}

/** End of the earliest window of `forMs` that still holds at this time; null outside of every window. */
export function windowEnd(starts: CronTime, forMs: number, at: number): number | null {
  // The run after this moment is the earliest start whose window can still hold.
  const [start] = parse(starts).nextRuns(1, new Date(at - forMs));
  return start === undefined || start.getTime() > at ? null : start.getTime() + forMs;
}

function parse({ cron, timeZone }: CronTime): Cron {
  const key = `${timeZone} ${cron}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  if (parsed.size >= PARSED_MAX) parsed.clear();
  const created = new Cron(cron, { timezone: timeZone, paused: true, mode: "5-part" });
  parsed.set(key, created);
  return created;
}

const PARSED_MAX = 1_000;
