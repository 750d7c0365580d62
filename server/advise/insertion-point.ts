import type { ConfigLine } from "./config-file.ts";
import { type Edit, indentationOf, insertAfter, insertBefore } from "./edit.ts";
import type { Proxy } from "./proxies.ts";
import type { Section } from "./sections.ts";

/** Statements of a template after which lines are repeated or left out. */
const BLOCK_OPENING =
  /^\s*(?:\{%[-+]?\s*(?:for|if)\b|\{\{[-~]?\s*(?:range|if|with|#)|<%.*\b(?:do|each|if|unless|for)\b|%\{~?\s*(?:for|if)\b)/;

/** Adds lines to a section above its servers, and above a template's loop around them; null where only a script writes it. */
export function insertAboveServers(proxy: Proxy, texts: readonly string[]): Edit | null {
  const server = proxy.servers[0]?.line;
  if (server === undefined || server.isPrinted) return insertAtEnd(proxy.section, texts);
  return insertBefore(server, texts, lineAboveBlocks(proxy.section, server));
}

/** Adds lines behind a section's last one. */
export function insertAtEnd({ header, lines }: Section, texts: readonly string[]): Edit | null {
  const last = lines.findLast(({ isPrinted }) => !isPrinted);
  if (last !== undefined) return insertAfter(last, texts);
  return header.isPrinted ? null : insertAfter(header, texts, `${indentationOf(header)}    `);
}

function lineAboveBlocks({ header, text }: Section, { number }: ConfigLine): number {
  let top = number;
  for (let line = number - 1; line > header.number; line -= 1) {
    const source = text.sources[line - 1] ?? "";
    if (text.statementLines.has(line)) {
      if (!BLOCK_OPENING.test(source)) break;
      top = line;
    } else if (source.trim() !== "" && !source.trimStart().startsWith("#")) {
      break;
    }
  }
  return top;
}
