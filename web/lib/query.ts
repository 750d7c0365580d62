import type { ServerStatus } from "../../server/contract/status.ts";
import { isProblem, type Kind, KINDS, kindOf } from "./kind.ts";

/** What the address bar says about the view, so that a view can be sent to a colleague. */
export interface Query {
  readonly kinds: readonly Kind[];
  readonly problems: boolean;
  readonly text: string;
  /** Key of the server whose fold is open. */
  readonly open: string | null;
}

/** Reads a query; what it does not know it leaves out. */
export function parseQuery(search: string): Query {
  const parameters = new URLSearchParams(search);
  const wanted = new Set((parameters.get("verdict") ?? "").split(","));
  return {
    kinds: KINDS.filter((kind) => wanted.has(kind)),
    problems: parameters.get("problems") === "1",
    text: (parameters.get("q") ?? "").slice(0, 200),
    open: parameters.get("open") || null,
  };
}

/** The text after the path, `""` for the plain view. */
export function formatQuery(query: Query): string {
  const parameters = new URLSearchParams();
  if (query.kinds.length > 0) parameters.set("verdict", query.kinds.join(","));
  if (query.problems) parameters.set("problems", "1");
  if (query.text !== "") parameters.set("q", query.text);
  if (query.open !== null) parameters.set("open", query.open);
  const text = parameters.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

/** True where something may be hidden. */
export function isFiltered(query: Query): boolean {
  return query.kinds.length > 0 || query.problems || query.text.trim() !== "";
}

/** Whether a server passes: every word of the text is somewhere in its key or address. */
export function matchesQuery(query: Query, server: ServerStatus): boolean {
  if (query.kinds.length > 0 && !query.kinds.includes(kindOf(server))) return false;
  if (query.problems && !isProblem(server)) return false;
  const text = query.text.trim().toLowerCase();
  if (text === "") return true;
  const hay = `${server.key} ${server.address ?? ""}`.toLowerCase();
  return text.split(/\s+/).every((word) => hay.includes(word));
}

/** The filters as people call them: `'false-up' and 'web'`. */
export function filterWords(query: Query): string {
  const words = [...query.kinds, ...(query.problems ? ["only problems"] : [])];
  if (query.text.trim() !== "") words.push(query.text.trim());
  return words.map((word) => `'${word}'`).join(" and ");
}
