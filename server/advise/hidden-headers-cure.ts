import { type ConfigLine, isKnown } from "./config-file.ts";
import { type Edit, replaceLine } from "./edit.ts";

/** The same request in `http-check send`; none where it has a body or a template decides a part. */
export function cureHeaders(line: ConfigLine): readonly Edit[] {
  const [, , method, uri, version] = line.words;
  if (method === undefined || uri === undefined || version === undefined) return [];
  if (line.isPrinted || !line.words.every(isKnown)) return [];
  const [head = "", ...headers] = version.text.split(/\r\n/);
  const rules: string[] = [];
  for (const header of headers.filter((text) => text !== "")) {
    const match = /^([\w-]+):\s*(.*)$/.exec(header);
    if (match === null) return [];
    rules.push(`hdr ${match[1]} ${quoteWord(match[2] ?? "")}`);
  }
  const send = ["http-check send meth", method.text, "uri", quoteWord(uri.text), "ver", head, ...rules].join(" ");
  return [replaceLine(line, ["option httpchk", send])];
}

function quoteWord(text: string): string {
  return /^[\w./~?=&%:@+,;-]+$/.test(text) ? text : `"${text.replace(/[\\"$]/g, "\\$&")}"`;
}
