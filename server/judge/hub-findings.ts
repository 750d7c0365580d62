import { BOUNDS } from "../bounds.ts";
import type { StoredPosition } from "../contract/store.ts";
import type { VantageName } from "../contract/vantage.ts";
import type { FindingDraft } from "./findings.ts";
import { createOwnFinding } from "./own-findings.ts";

/** What a hub knows of its vantages beside their verdicts. */
export interface HubFacts {
  readonly positions: readonly StoredPosition[];
  /** Vantages that send under a name that another log has. */
  readonly superseded: readonly VantageName[];
  /** Names of instances that stand in several sites, and of those that stand for two processes of HAProxy in one. */
  readonly sharedNames: readonly string[];
  readonly doubledNames: readonly string[];
}

/** Findings of a hub about its vantages; each says which are concerned. */
export function createHubFindings({
  positions,
  superseded,
  sharedNames,
  doubledNames,
}: HubFacts): readonly FindingDraft[] {
  const silent = positions.filter(({ heardAgoMs }) => heardAgoMs > BOUNDS.vantageSilentAfterMs);
  const heard = positions.filter((position) => !silent.includes(position));
  const skewed = heard.filter(({ skewMs }) => Math.abs(skewMs) > BOUNDS.vantageSkewMs);
  return [
    ...findingOf(
      "vantage-silent",
      silent.map((position) => `${nameOf(position)} for ${Math.round(position.heardAgoMs / 60_000)} min`),
      (names) => `Not heard from ${names}`,
      "What a silent vantage said last counts no longer. See that haprobe runs there and reaches this hub.",
    ),
    ...findingOf(
      "clock-skew",
      skewed.map((position) => `${nameOf(position)} by ${describeSkew(position.skewMs)}`),
      (names) => `Clocks differ from that of the database: ${names}`,
      "Let NTP set the clocks. Order and leases do not depend on them; the times of events do.",
    ),
    ...findingOf(
      "vantage-name-shared",
      superseded.map(nameOf),
      (names) => `Two haprobes send as ${names}; the one that began later is taken`,
      "Give each haprobe a name of its own with `vantage:`, and a data directory of its own.",
    ),
    ...findingOf(
      "instance-name-shared",
      [...sharedNames.map((name) => `${name} in several sites`), ...doubledNames],
      (names) => `One name stands for several HAProxies: ${names}`,
      "Give each instance a name of its own. Until then those of several sites are shown with their site behind the name.",
    ),
  ];
}

function findingOf(
  code: Parameters<typeof createOwnFinding>[0],
  names: readonly string[],
  describe: (names: string) => string,
  advice: string,
): readonly FindingDraft[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, BOUNDS.vantagesNamed).join(", ");
  const more = names.length > BOUNDS.vantagesNamed ? ` and ${names.length - BOUNDS.vantagesNamed} more` : "";
  return [createOwnFinding(code, describe(shown + more), advice)];
}

function nameOf({ site, vantage }: VantageName): string {
  return `${vantage} in ${site}`;
}

function describeSkew(skewMs: number): string {
  return `${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${skewMs > 0 ? "ahead" : "behind"}`;
}
