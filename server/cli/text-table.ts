import { escapeUnprintable } from "../contract/quote.ts";

/** Rows as columns of equal width, with a line end after each; text from outside is escaped. */
export function renderTextTable(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((cells) => cells.map(escapeUnprintable));
  const columns = Math.max(0, ...escaped.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...escaped.map((cells) => cells[column]?.length ?? 0)),
  );
  return escaped
    .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
