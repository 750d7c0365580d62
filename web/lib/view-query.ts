import type { ServerStatus } from "../../server/contract/status.ts";
import { isUnexpectedMismatch, type DisplayVerdict, DISPLAY_VERDICTS, displayVerdictOf } from "./display-verdict.ts";

/** What the address bar says about the view, so that a view can be sent to a colleague. */
export interface ViewQuery {
  readonly verdicts: readonly DisplayVerdict[];
  readonly mismatchesOnly: boolean;
  readonly text: string;
  /** Key of the server whose fold is open. */
  readonly expandedKey: string | null;
}

/** Reads a query; what it does not know it leaves out. */
export function parseViewQuery(search: string): ViewQuery {
  const parameters = new URLSearchParams(search);
  const wanted = new Set((parameters.get("verdict") ?? "").split(","));
  return {
    verdicts: DISPLAY_VERDICTS.filter((kind) => wanted.has(kind)),
    mismatchesOnly: parameters.get("problems") === "1",
    text: (parameters.get("q") ?? "").slice(0, 200),
    expandedKey: parameters.get("open") || null,
  };
}

/** The text after the path, `""` for the plain view. */
export function formatViewQuery(query: ViewQuery): string {
  const parameters = new URLSearchParams();
  if (query.verdicts.length > 0) parameters.set("verdict", query.verdicts.join(","));
  if (query.mismatchesOnly) parameters.set("problems", "1");
  if (query.text !== "") parameters.set("q", query.text);
  if (query.expandedKey !== null) parameters.set("open", query.expandedKey);
  const text = parameters.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

/** True where something may be hidden. */
export function isFiltered(query: ViewQuery): boolean {
  return query.verdicts.length > 0 || query.mismatchesOnly || query.text.trim() !== "";
}

/** Whether a server passes: every word of the text is somewhere in its key or address. */
export function matchesQuery(query: ViewQuery, server: ServerStatus): boolean {
  if (query.verdicts.length > 0 && !query.verdicts.includes(displayVerdictOf(server))) return false;
  if (query.mismatchesOnly && !isUnexpectedMismatch(server)) return false;
  const text = query.text.trim().toLowerCase();
  if (text === "") return true;
  const hay = `${server.key} ${server.address ?? ""}`.toLowerCase();
  return text.split(/\s+/).every((word) => hay.includes(word));
}

/** The filters as people call them: `'false-up' and 'web'`. */
export function describeFilters(query: ViewQuery): string {
  const words = [...query.verdicts, ...(query.mismatchesOnly ? ["only problems"] : [])];
  if (query.text.trim() !== "") words.push(query.text.trim());
  return words.map((word) => `'${word}'`).join(" and ");
}
