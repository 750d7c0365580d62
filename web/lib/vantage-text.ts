import type { UncountedWhy } from "../../server/contract/vantage-word.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { formatList, formatPlural, formatThousands } from "./quantity-format.ts";
import { formatTimestamp } from "./time-format.ts";

/** A vantage is silent after three heartbeats of 10 s: what it said until then holds. */
export const VANTAGE_SILENT_AFTER_MS = 30_000;

const UNCOUNTED_TEXTS: Readonly<Record<UncountedWhy, string>> = {
  silent: "silent",
  stale: "no answer of HAProxy there",
  blind: "blind",
  paused: "was paused",
  "probe-old": "no probe there",
  "other-address": "probes another address",
};

/** Why what a vantage says does not count: `silent since 10:02:00`, `blind`. */
export function uncountedText(why: UncountedWhy, heardAt: number, now: number): string {
  return why === "silent" ? `silent since ${formatTimestamp(heardAt, now)}` : UNCOUNTED_TEXTS[why];
}

/** The vantages of a site: `2 vantages`, `host-b silent since 10:02:00`. */
export function vantagesText(vantages: readonly VantageReport[], now: number): string {
  const wrong = vantages.filter(({ state }) => state !== "ok");
  if (wrong.length === 0) return vantages.length === 0 ? "" : formatPlural(vantages.length, "vantage");
  const texts = wrong.map(({ vantage, state, heardAt }) =>
    state === "silent" ? `${vantage} silent since ${formatTimestamp(Date.parse(heardAt), now)}` : `${vantage} blind`,
  );
  return formatList(texts, 2);
}

/** How far a clock is off: `0.1 s ahead`; empty below a tenth of a second. */
export function skewText(skewMs: number): string {
  const seconds = Math.abs(skewMs) / 1_000;
  return seconds < 0.1 ? "" : `${seconds.toFixed(1)} s ${skewMs > 0 ? "ahead" : "behind"}`;
}

/** What waits in a spool: `12 events wait`; null where there is none. */
export function spoolText({ behind }: Pick<VantageReport, "behind">): string {
  if (behind === null) return "writes to the database";
  return behind === 0 ? "nothing waits" : `${formatThousands(behind)} ${behind === 1 ? "event waits" : "events wait"}`;
}
