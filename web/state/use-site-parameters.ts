import { useMemo } from "react";
import { useSites } from "./dashboard-client-context.ts";
import { useSearchParameters } from "./use-search-parameters.ts";

/** Which sites a list shows, and whether it is grouped by them; both are in the address. */
export interface SiteParameters {
  /** Empty: all of them. */
  readonly selected: readonly string[];
  readonly onSelect: (sites: readonly string[]) => void;
  readonly isGrouped: boolean;
  readonly onGroup: (isGrouped: boolean) => void;
  /** Number of what is listed in each site of the fleet. */
  readonly count: (sites: Iterable<readonly string[]>) => ReadonlyMap<string, number>;
}

const PARAMETERS_MAX = 100;

/** The site parameters of a list that is not a table of servers; with a single site none of them counts. */
export function useSiteParameters(): SiteParameters {
  const sites = useSites();
  const [parameters, change] = useSearchParameters();
  const hasSites = sites.length > 1;
  const text = hasSites ? (parameters.get("site") ?? "") : "";
  const selected = useMemo(
    () =>
      text
        .split(",")
        .filter((site) => site !== "")
        .slice(0, PARAMETERS_MAX),
    [text],
  );
  return {
    selected,
    onSelect: (next) => change({ site: next.join(",") }),
    isGrouped: hasSites && parameters.get("group") === "site",
    onGroup: (isGrouped) => change({ group: isGrouped ? "site" : "" }),
    count(listed) {
      const counts = new Map(sites.map((site) => [site, 0]));
      for (const of of listed)
        for (const site of of) if (counts.has(site)) counts.set(site, (counts.get(site) ?? 0) + 1);
      return counts;
    },
  };
}
