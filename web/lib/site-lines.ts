import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { healthyText, MISMATCH_RANK_MAX } from "./backend-group.ts";
import { DISPLAY_VERDICTS, type DisplayVerdict, severityRank } from "./display-verdict.ts";
import { buildHeadline, type Headline } from "./headline.ts";
import type { MismatchGroup } from "./mismatch-group.ts";
import { isUnreachable } from "./no-mismatch-headline.ts";
import { formatThousands } from "./quantity-format.ts";
import { vantagesText } from "./vantage-text.ts";

/** One site on the map of sites: only words, so that equal ones need no new row. */
export interface SiteLine {
  readonly site: string;
  readonly glyph: Headline["glyph"];
  readonly sentence: string;
  /** Milliseconds since 1970, haprobe's clock; null for none. */
  readonly since: number | null;
  /** `7 of 8 healthy`. */
  readonly healthy: string;
  /** `lb-1 and lb-2`, or their number. */
  readonly vantages: string;
  /** One of its vantages does not report, or is blind. */
  readonly isVantageLost: boolean;
  /** Worst first. */
  readonly members: readonly ServerStatus[];
}

interface SiteLinesInput {
  readonly sites: readonly string[];
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly mismatches: readonly MismatchGroup[];
  /** Verdicts of the mismatches' members, by key. */
  readonly ongoing: ReadonlyMap<string, DisplayVerdict>;
  readonly vantages: readonly VantageReport[];
  /** Milliseconds of haprobe's clock. */
  readonly now: number;
}

/** The sites, worst first; with nothing wrong by name. Each says its worst as the headline of it alone would. */
export function siteLines(input: SiteLinesInput): readonly SiteLine[] {
  const { sites, mismatches, ongoing, now } = input;
  const servers = Map.groupBy(input.servers, ({ site }) => site);
  const instances = Map.groupBy(input.instances, ({ site }) => site);
  // Hubs without HAProxies of their own stand in no site of the map.
  const vantages = Map.groupBy(input.vantages, ({ site }) => site);
  const rankOf = (server: ServerStatus): number => {
    const verdict = ongoing.get(server.key);
    return verdict === undefined ? severityRank(server) : DISPLAY_VERDICTS.indexOf(verdict);
  };
  return sites
    .map((site) => {
      const members = (servers.get(site) ?? []).toSorted((a, b) => rankOf(a) - rankOf(b));
      const polled = instances.get(site) ?? [];
      const reporting = vantages.get(site) ?? [];
      const headline = buildHeadline({
        servers: members,
        mismatches: mismatches.flatMap((each) =>
          each.members.some((member) => member.site === site) ? { ...each, spansSites: false } : [],
        ),
        instances: polled,
        lastEnded: null,
        now,
      });
      const worst = members[0] === undefined ? DISPLAY_VERDICTS.length : rankOf(members[0]);
      const isVantageLost = reporting.some(({ state }) => state !== "ok");
      const isLost = isVantageLost || polled.some(isUnreachable);
      const rank = worst <= MISMATCH_RANK_MAX ? worst : isLost ? MISMATCH_RANK_MAX + 1 : MISMATCH_RANK_MAX + 2;
      const line: SiteLine = {
        site,
        glyph: headline.glyph,
        sentence: headline.sentence,
        since: headline.since,
        healthy: `${healthyText(members)} of ${formatThousands(members.length)} healthy`,
        vantages: vantagesText(reporting, now),
        isVantageLost,
        members,
      };
      return { line, rank };
    })
    .sort((a, b) => a.rank - b.rank || (a.line.site < b.line.site ? -1 : 1))
    .map(({ line }) => line);
}
