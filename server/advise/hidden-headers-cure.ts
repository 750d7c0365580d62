import { type ConfigLine, isKnown } from "./config-file.ts";
import { type Edit, removeLine, replaceLine } from "./edit.ts";
import type { CheckOption, Proxy } from "./proxies.ts";

/** True for a line with headers behind the version. */
export function hasHiddenHeaders({ name, isOwn, line }: CheckOption): boolean {
  return name === "httpchk" && isOwn && /[\r\n]/.test(line.words[4]?.text ?? "");
}

/** The same request in `http-check send`; none where it has a body or a template decides a part. */
export function cureHiddenHeaders({ checkOptions, ownHttpRules }: Proxy): readonly Edit[] {
  const hidden = checkOptions.filter(hasHiddenHeaders).map(({ line }) => line);
  const last = checkOptions.findLast(({ name, isOwn }) => name === "httpchk" && isOwn)?.line;
  const isWritable = hidden.every(({ words }) => words.every(isKnown));
  if (!isWritable) return [];
  // A send rule of the section has headers of its own; an option that another replaces is not needed.
  const isSent = ownHttpRules.some(({ action }) => action === "send");
  const edits = hidden.map((line) => {
    if (line !== last) return removeLine(line);
    const request = isSent ? requestOf(line) : sendRuleOf(line);
    return request === null ? null : replaceLine(line, request);
  });
  return edits.every((edit) => edit !== null) ? edits : [];
}

function requestOf({ words }: ConfigLine): readonly string[] {
  const [, , method, uri, version] = words.map(({ text }) => text);
  return [`option httpchk ${method} ${quoteWord(uri ?? "/")} ${version?.split("\r\n")[0]}`];
}

function sendRuleOf({ words }: ConfigLine): readonly string[] | null {
  const [, , method = "", uri = "", version = ""] = words.map(({ text }) => text);
  const [head = "", ...headers] = version.split(/\r\n/);
  const rules: string[] = [];
  for (const header of headers.filter((text) => text !== "")) {
    const match = /^([\w-]+):\s*(.*)$/.exec(header);
    if (match === null) return null;
    rules.push(`hdr ${match[1]} ${quoteWord(match[2] ?? "")}`);
  }
  return ["option httpchk", ["http-check send meth", method, "uri", quoteWord(uri), "ver", head, ...rules].join(" ")];
}

function quoteWord(text: string): string {
  return /^[\w./~?=&%:@+,;-]+$/.test(text) ? text : `"${text.replace(/[\\"$]/g, "\\$&")}"`;
}
