import { splitAnswer } from "./answer-parts.ts";

/**
 * Joins the answers of several workers to one, as if one process had given it: `show info` of the first, the rows of all.
 * The reader takes the first row of each server, since a backend that runs in several processes is in each one's table.
 * Throws a HaprobeError for an answer that is not one.
 */
export function joinWorkers(answers: readonly string[], withServersState: boolean): string {
  const [first = "", ...others] = answers;
  if (others.length === 0) return first;
  const parts = splitAnswer(first, withServersState);
  let state = withoutLast(parts.serversState ?? "");
  let table = withoutLast(first.slice(parts.tableAt));
  for (const text of others) {
    const more = splitAnswer(text, withServersState);
    // The state has a version and a header, the table a header.
    state += linesFrom(withoutLast(more.serversState ?? ""), 2);
    table += linesFrom(withoutLast(text.slice(more.tableAt)), 1);
  }
  return `${parts.info ?? ""}${withServersState ? `${state}\n` : ""}${table}\n`;
}

/** Without the empty line at the end. */
function withoutLast(part: string): string {
  return part.endsWith("\n\n") ? part.slice(0, -1) : part;
}

function linesFrom(part: string, skipped: number): string {
  let at = 0;
  for (let line = 0; line < skipped; line += 1) at = part.indexOf("\n", at) + 1 || part.length;
  return part.slice(at);
}
