import type { ServerStatus } from "../../server/contract/status.ts";
import { CHECK_QUALITIES, type CheckQuality } from "../../server/contract/verdict.ts";
import { isUnexpectedMismatch, type DisplayVerdict, DISPLAY_VERDICTS, displayVerdictOf } from "./display-verdict.ts";
import { formatSearch } from "./format-search.ts";
import { DEFAULT_SERVER_SORT, SERVER_COLUMNS, type ServerSort } from "./server-sort.ts";
import { formatSortOrder, parseSortOrder } from "./sort-order.ts";
import { DEFAULT_RANGE, parseStripRange, type StripRange } from "./strip-range.ts";

const INSTANCES_MAX = 100;

/** Filters, sort and range, kept in the address bar so that a view is shareable. */
export interface ViewQuery {
  readonly verdicts: readonly DisplayVerdict[];
  readonly mismatchesOnly: boolean;
  readonly text: string;
  /** Names of instances; empty: all of them. */
  readonly instances: readonly string[];
  /** How well HAProxy's check looks; empty: whatever it is. */
  readonly qualities: readonly CheckQuality[];
  readonly sort: ServerSort;
  /** What the strips show. */
  readonly range: StripRange;
}

/** The query without its filters. */
export const NO_FILTERS = { verdicts: [], mismatchesOnly: false, text: "", instances: [], qualities: [] } as const;

/** The query of an address without parameters. */
export const ALL_SERVERS: ViewQuery = { ...NO_FILTERS, sort: DEFAULT_SERVER_SORT, range: DEFAULT_RANGE };

/** Parses a query string; ignores unknown values. */
export function parseViewQuery(search: string): ViewQuery {
  const parameters = new URLSearchParams(search);
  const list = (name: string): readonly string[] =>
    (parameters.get(name) ?? "").split(",").filter((each) => each !== "");
  const verdicts = list("verdict");
  const qualities = list("check");
  return {
    verdicts: DISPLAY_VERDICTS.filter((kind) => verdicts.includes(kind)),
    mismatchesOnly: parameters.get("problems") === "1",
    text: (parameters.get("q") ?? "").slice(0, 200),
    instances: list("instance").slice(0, INSTANCES_MAX),
    qualities: CHECK_QUALITIES.filter((quality) => qualities.includes(quality)),
    sort: parseSortOrder(parameters.get("sort"), SERVER_COLUMNS, DEFAULT_SERVER_SORT),
    range: parseStripRange(parameters.get("range")),
  };
}

/** Names of the parameters that hold a query. */
export const VIEW_PARAMETERS = ["verdict", "problems", "q", "instance", "check", "sort", "range"] as const;

/** The query as parameters; none for the default view. */
export function viewParameters(query: ViewQuery): Readonly<Record<string, string>> {
  const sort = formatSortOrder(query.sort, DEFAULT_SERVER_SORT);
  return {
    ...(query.verdicts.length > 0 && { verdict: query.verdicts.join(",") }),
    ...(query.mismatchesOnly && { problems: "1" }),
    ...(query.text !== "" && { q: query.text }),
    ...(query.instances.length > 0 && { instance: query.instances.join(",") }),
    ...(query.qualities.length > 0 && { check: query.qualities.join(",") }),
    ...(sort !== "" && { sort }),
    ...(query.range !== DEFAULT_RANGE && { range: query.range.id }),
  };
}

/** Formats the query string with its `?`; empty for the default view. */
export function formatViewQuery(query: ViewQuery): string {
  return formatSearch(viewParameters(query));
}

/** True if a filter is set. */
export function isFiltered({ verdicts, mismatchesOnly, text, instances, qualities }: ViewQuery): boolean {
  return verdicts.length > 0 || mismatchesOnly || text.trim() !== "" || instances.length > 0 || qualities.length > 0;
}

/** True if a server passes the filters: its key or address contains every word of the text. */
export function matchesQuery(query: ViewQuery, server: ServerStatus): boolean {
  if (query.instances.length > 0 && !query.instances.includes(server.instance)) return false;
  if (query.qualities.length > 0 && (server.quality === null || !query.qualities.includes(server.quality)))
    return false;
  if (query.verdicts.length > 0 && !query.verdicts.includes(displayVerdictOf(server))) return false;
  if (query.mismatchesOnly && !isUnexpectedMismatch(server)) return false;
  const text = query.text.trim().toLowerCase();
  if (text === "") return true;
  const haystack = `${server.key} ${server.address ?? ""}`.toLowerCase();
  return text.split(/\s+/).every((word) => haystack.includes(word));
}

/** Names the filters: `'false-up' and 'web'`. */
export function describeFilters(query: ViewQuery): string {
  const filters = [
    ...query.verdicts,
    ...(query.mismatchesOnly ? ["only mismatches"] : []),
    ...query.instances,
    ...query.qualities,
  ];
  if (query.text.trim() !== "") filters.push(query.text.trim());
  return filters.map((word) => `'${word}'`).join(" and ");
}
