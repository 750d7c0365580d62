import type { ServerStatus } from "../../server/contract/status.ts";
import { isUnexpectedMismatch, type DisplayVerdict, DISPLAY_VERDICTS, displayVerdictOf } from "./display-verdict.ts";
import { formatSearch } from "./format-search.ts";
import { DEFAULT_RANGE, parseStripRange, type StripRange } from "./strip-range.ts";

/** Filters and range, kept in the address bar so that a view is shareable. */
export interface ViewQuery {
  readonly verdicts: readonly DisplayVerdict[];
  readonly mismatchesOnly: boolean;
  readonly text: string;
  /** What the strips show. */
  readonly range: StripRange;
}

/** Parses a query string; ignores unknown values. */
export function parseViewQuery(search: string): ViewQuery {
  const parameters = new URLSearchParams(search);
  const requested = new Set((parameters.get("verdict") ?? "").split(","));
  return {
    verdicts: DISPLAY_VERDICTS.filter((kind) => requested.has(kind)),
    mismatchesOnly: parameters.get("problems") === "1",
    text: (parameters.get("q") ?? "").slice(0, 200),
    range: parseStripRange(parameters.get("range")),
  };
}

/** Names of the parameters that hold a query. */
export const VIEW_PARAMETERS = ["verdict", "problems", "q", "range"] as const;

/** The query as parameters; none for the default view. */
export function viewParameters(query: ViewQuery): Readonly<Record<string, string>> {
  return {
    ...(query.verdicts.length > 0 && { verdict: query.verdicts.join(",") }),
    ...(query.mismatchesOnly && { problems: "1" }),
    ...(query.text !== "" && { q: query.text }),
    ...(query.range !== DEFAULT_RANGE && { range: query.range.id }),
  };
}

/** Formats the query string with its `?`; empty for the default view. */
export function formatViewQuery(query: ViewQuery): string {
  return formatSearch(viewParameters(query));
}

/** True if a filter is set. */
export function isFiltered(query: ViewQuery): boolean {
  return query.verdicts.length > 0 || query.mismatchesOnly || query.text.trim() !== "";
}

/** True if a server passes the filters: its key or address contains every word of the text. */
export function matchesQuery(query: ViewQuery, server: ServerStatus): boolean {
  if (query.verdicts.length > 0 && !query.verdicts.includes(displayVerdictOf(server))) return false;
  if (query.mismatchesOnly && !isUnexpectedMismatch(server)) return false;
  const text = query.text.trim().toLowerCase();
  if (text === "") return true;
  const haystack = `${server.key} ${server.address ?? ""}`.toLowerCase();
  return text.split(/\s+/).every((word) => haystack.includes(word));
}

/** Names the filters: `'false-up' and 'web'`. */
export function describeFilters(query: ViewQuery): string {
  const filters = [...query.verdicts, ...(query.mismatchesOnly ? ["only mismatches"] : [])];
  if (query.text.trim() !== "") filters.push(query.text.trim());
  return filters.map((word) => `'${word}'`).join(" and ");
}
