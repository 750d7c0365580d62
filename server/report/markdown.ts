import { escapeUnprintable, escapeUnprintableInLines } from "../contract/quote.ts";

/** Other people's text as a code span, which no Markdown, HTML or link inside can leave; in a table a `|` is escaped as GitHub asks. */
export function codeSpan(text: string): string {
  const shown = escapeUnprintable(text.replaceAll(/\s+/g, " ").trim()).replaceAll("|", "\\|");
  if (shown === "") return "–";
  const fence = "`".repeat(longestRun(shown) + 1);
  // A space separates a backtick at either end from the fence; Markdown removes it.
  const pad = shown.startsWith("`") || shown.endsWith("`") ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** Other people's text of several lines as a fenced block. */
export function codeBlock(text: string, language = ""): string {
  const shown = escapeUnprintableInLines(text).replaceAll("\r\n", "\n").trimEnd();
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}${language}\n${shown}\n${fence}`;
}

/** A table; its cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
