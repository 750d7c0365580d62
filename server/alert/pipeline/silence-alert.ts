import type { Silence, SilenceWindow } from "../../contract/alert-settings.ts";
import { windowEnd } from "./cron-time.ts";
import { matchAlert } from "./match-alert.ts";
import { held, type OpenAlert, PASSED, type StageResult } from "./open-alert.ts";

/** Holds an alert that a person expects, or that a silence or a window of the configuration matches now. */
export function silenceAlert(
  open: OpenAlert,
  silences: readonly Silence[],
  windows: readonly SilenceWindow[],
  at: number,
): StageResult {
  if (open.heldWhy !== null) return held(open.heldWhy);
  for (const { match, from, until, endedAt, reason, author } of silences) {
    if (at < from || at >= Math.min(until, endedAt ?? until)) continue;
    if (matchAlert(match, open).kind === "passed") {
      return held(`silenced by ${author} until ${new Date(until).toISOString()}: ${reason}`);
    }
  }
  for (const { name, match, starts, forMs } of windows) {
    if (matchAlert(match, open).kind === "held") continue;
    const end = windowEnd(starts, forMs, at);
    if (end !== null) {
      return held(`silenced by the window ${name} until ${new Date(end).toISOString()}`);
    }
  }
  return PASSED;
}
