import type { ServerStatus } from "../../server/contract/status.ts";
import { CHECK_QUALITIES, type CheckQuality } from "../../server/contract/verdict.ts";
import { isUnexpectedMismatch, type DisplayVerdict, DISPLAY_VERDICTS, displayVerdictOf } from "./display-verdict.ts";
import { formatSearch } from "./format-search.ts";
import { DEFAULT_SERVER_SORT, SERVER_COLUMNS, type ServerSort } from "./server-sort.ts";
import { formatSortOrder, parseSortOrder } from "./sort-order.ts";
import { DEFAULT_RANGE, parseStripRange, type StripRange } from "./strip-range.ts";

const INSTANCES_MAX = 100;

/** What the rows of a table stand below: their backends, or sites and in these backends. */
export const GROUPINGS = ["backend", "site"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Filters, sort and range, kept in the address bar so that a view is shareable. */
export interface ViewQuery {
  readonly verdicts: readonly DisplayVerdict[];
  readonly mismatchesOnly: boolean;
  readonly text: string;
  /** Names of instances; empty: all of them. */
  readonly instances: readonly string[];
  /** Names of sites; empty: all of them. */
  readonly sites: readonly string[];
  /** What HAProxy's check can see; empty: every kind. */
  readonly qualities: readonly CheckQuality[];
  readonly sort: ServerSort;
  /** What the strips show. */
  readonly range: StripRange;
  readonly grouping: Grouping;
}

/** The query without its filters. */
export const NO_FILTERS = {
  verdicts: [],
  mismatchesOnly: false,
  text: "",
  instances: [],
  sites: [],
  qualities: [],
} as const;

/** The query of an address without parameters. */
export const ALL_SERVERS: ViewQuery = {
  ...NO_FILTERS,
  sort: DEFAULT_SERVER_SORT,
  range: DEFAULT_RANGE,
  grouping: "backend",
};

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
    sites: list("site").slice(0, INSTANCES_MAX),
    qualities: CHECK_QUALITIES.filter((quality) => qualities.includes(quality)),
    sort: parseSortOrder(parameters.get("sort"), SERVER_COLUMNS, DEFAULT_SERVER_SORT),
    range: parseStripRange(parameters.get("range")),
    grouping: GROUPINGS.find((each) => each === parameters.get("group")) ?? "backend",
  };
}

/** Names of the parameters that hold a query. */
export const VIEW_PARAMETERS = [
  "verdict",
  "problems",
  "q",
  "instance",
  "site",
  "check",
  "sort",
  "range",
  "group",
] as const;

/** The query as parameters; none for the default view. */
export function viewParameters(query: ViewQuery): Readonly<Record<string, string>> {
  const sort = formatSortOrder(query.sort, DEFAULT_SERVER_SORT);
  return {
    ...(query.verdicts.length > 0 && { verdict: query.verdicts.join(",") }),
    ...(query.mismatchesOnly && { problems: "1" }),
    ...(query.text !== "" && { q: query.text }),
    ...(query.instances.length > 0 && { instance: query.instances.join(",") }),
    ...(query.sites.length > 0 && { site: query.sites.join(",") }),
    ...(query.qualities.length > 0 && { check: query.qualities.join(",") }),
    ...(sort !== "" && { sort }),
    ...(query.range !== DEFAULT_RANGE && { range: query.range.id }),
    ...(query.grouping !== "backend" && { group: query.grouping }),
  };
}

/** Formats the query string with its `?`; empty for the default view. */
export function formatViewQuery(query: ViewQuery): string {
  return formatSearch(viewParameters(query));
}

/** True if a filter is set. */
export function isFiltered({ verdicts, mismatchesOnly, text, instances, sites, qualities }: ViewQuery): boolean {
  return (
    mismatchesOnly || text.trim() !== "" || [verdicts, instances, sites, qualities].some(({ length }) => length > 0)
  );
}

/** Makes the predicate of the filters: a server passes where its key or address contains every word of the text. */
export function queryMatcher(query: ViewQuery): (server: ServerStatus) => boolean {
  const { verdicts, mismatchesOnly, instances, sites, qualities } = query;
  const words = query.text
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return (server) =>
    (instances.length === 0 || instances.includes(server.instance)) &&
    (sites.length === 0 || sites.includes(server.site)) &&
    (qualities.length === 0 || (server.quality !== null && qualities.includes(server.quality))) &&
    (verdicts.length === 0 || verdicts.includes(displayVerdictOf(server))) &&
    (!mismatchesOnly || isUnexpectedMismatch(server)) &&
    words.every((word) => searchedText(server).includes(word));
}

/** Kept for as long as the server's row is: each key press searches in all of them. */
const searchedTexts = new WeakMap<ServerStatus, string>();

function searchedText(server: ServerStatus): string {
  const kept = searchedTexts.get(server);
  if (kept !== undefined) return kept;
  const text = `${server.key} ${server.address ?? ""}`.toLowerCase();
  searchedTexts.set(server, text);
  return text;
}

/** Names the filters: `'false-up' and 'web'`. */
export function describeFilters(query: ViewQuery): string {
  const filters = [
    ...query.verdicts,
    ...(query.mismatchesOnly ? ["only mismatches"] : []),
    ...query.instances,
    ...query.sites,
    ...query.qualities,
  ];
  if (query.text.trim() !== "") filters.push(query.text.trim());
  return filters.map((word) => `'${word}'`).join(" and ");
}
