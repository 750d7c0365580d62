import { BOUNDS } from "../bounds.ts";
import type { ServerKey } from "../contract/server-key.ts";
import type { ServerStatus } from "../contract/status.ts";
import { VERDICTS } from "../contract/verdict.ts";
import { findDuplicateParameter } from "./duplicate-parameter.ts";
import { LIST_FORMS, type ListForm } from "./list-body.ts";

/** Which rows of the list are asked for; null where everything is. */
export interface ListQuery {
  readonly verdicts: ReadonlySet<string> | null;
  readonly instances: ReadonlySet<string> | null;
  readonly backends: ReadonlySet<string> | null;
  readonly mismatchesOnly: boolean;
  readonly limit: number | null;
  readonly after: Cursor | null;
}

/** The last row of the page before, and where it stood. */
interface Cursor {
  readonly index: number;
  readonly key: ServerKey;
}

export type ParsedListQuery =
  | { readonly kind: "all"; readonly form: ListForm }
  | { readonly kind: "some"; readonly form: ListForm; readonly query: ListQuery }
  | { readonly kind: "bad"; readonly detail: string };

const REPEATABLE = ["verdict", "instance", "backend"];

/** Reads `form`, `verdict`, `instance`, `backend` (the last three repeatable), `problems`, `limit` and `next`; anything else is a mistake. */
export function parseListQuery(parameters: URLSearchParams): ParsedListQuery {
  for (const [name, value] of parameters) {
    const complaint = parameterError(name, value);
    if (complaint !== null) return { kind: "bad", detail: complaint };
  }
  const twice = findDuplicateParameter(parameters, REPEATABLE);
  if (twice !== null) return { kind: "bad", detail: twice };
  const form = parameters.get("form") === "columns" ? "columns" : "rows";
  if ([...parameters.keys()].every((name) => name === "form")) return { kind: "all", form };
  const next = parameters.get("next");
  const limit = parameters.get("limit");
  return {
    kind: "some",
    form,
    query: {
      verdicts: parameterValues(parameters, "verdict"),
      instances: parameterValues(parameters, "instance"),
      backends: parameterValues(parameters, "backend"),
      mismatchesOnly: parameters.get("problems") === "1",
      limit: limit === null ? null : Number(limit),
      after: next === null ? null : decodeCursor(next),
    },
  };
}

function parameterError(name: string, value: string): string | null {
  switch (name) {
    case "verdict":
      return (VERDICTS as readonly string[]).includes(value) ? null : `A verdict is one of ${VERDICTS.join(", ")}.`;
    case "instance":
    case "backend":
      return value === "" ? `${name} wants a name.` : null;
    case "form":
      return (LIST_FORMS as readonly string[]).includes(value) ? null : `form is one of ${LIST_FORMS.join(", ")}.`;
    case "problems":
      return value === "0" || value === "1" ? null : "problems is 0 or 1.";
    case "limit":
      return /^\d{1,6}$/.test(value) && Number(value) >= 1 && Number(value) <= BOUNDS.pageRowsMax
        ? null
        : `limit is a number from 1 to ${BOUNDS.pageRowsMax}.`;
    case "next":
      return decodeCursor(value) === null ? "next is what the page before gave as `next`." : null;
    default:
      return "The filters are verdict, instance, backend, problems, limit and next; form lays the answer out.";
  }
}

function parameterValues(parameters: URLSearchParams, name: string): ReadonlySet<string> | null {
  const values = parameters.getAll(name);
  return values.length === 0 ? null : new Set(values);
}

/** One page of the rows that match, and the cursor to the next; null where this was the last. */
export function selectPage(
  rows: readonly ServerStatus[],
  query: ListQuery,
): { servers: readonly ServerStatus[]; next: string | null } {
  const servers: ServerStatus[] = [];
  let last: Cursor | null = null;
  for (let index = startOf(rows, query.after); index < rows.length; index++) {
    const row = rows[index];
    if (row === undefined || !matches(row, query)) continue;
    if (query.limit !== null && servers.length === query.limit) return { servers, next: encodeCursor(last) };
    servers.push(row);
    last = { index, key: row.key };
  }
  return { servers, next: null };
}

function matches(row: ServerStatus, query: ListQuery): boolean {
  return (
    (query.verdicts === null || query.verdicts.has(row.verdict)) &&
    (query.instances === null || query.instances.has(row.instance)) &&
    (query.backends === null || query.backends.has(row.backend)) &&
    (!query.mismatchesOnly || row.phase !== null)
  );
}

/** Behind the row that the cursor names, wherever it stands by now; if it vanished, what followed it stands in its place. */
function startOf(rows: readonly ServerStatus[], after: Cursor | null): number {
  if (after === null) return 0;
  if (rows[after.index]?.key === after.key) return after.index + 1;
  const found = rows.findIndex((row) => row.key === after.key);
  return found < 0 ? after.index : found + 1;
}

function encodeCursor(cursor: Cursor | null): string | null {
  return cursor === null ? null : Buffer.from(`${cursor.index}:${cursor.key}`).toString("base64url");
}

function decodeCursor(text: string): Cursor | null {
  const match = /^(\d{1,9}):(.+)$/s.exec(Buffer.from(text, "base64url").toString());
  return match?.[1] === undefined || match[2] === undefined ? null : { index: Number(match[1]), key: match[2] };
}
