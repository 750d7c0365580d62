import { quoteForShell, runtimeApiName } from "../../server/contract/quote.ts";

/** Characters of a path or host that neither a shell nor socat interprets. */
const PLAIN = /^[\w./@+:[\]-]+$/;

/** The shell line that sends a Runtime API command to a stats address such as `unix:/run/haproxy/admin.sock`; null for a stats page, and where a word cannot be quoted safely. */
export function socketCommand(command: string, stats: string): string | null {
  const [, scheme = "", master, place = ""] = /^(unix|tcp)(-master)?:(?:\/\/)?(.+)$/.exec(stats) ?? [];
  const address = { unix: `unix-connect:${place}`, tcp: `tcp:${place}` }[scheme];
  const quoted = quoteForShell(`${master === undefined ? "" : "@1 "}${command}`);
  if (address === undefined || quoted === null || !PLAIN.test(place)) return null;
  return `echo ${quoted} | socat stdio ${address}`;
}

/** The shell line that shows HAProxy's row of a server, below the names of its columns; null as for `socketCommand`. */
export function rowCommand(backend: string, server: string, stats: string): string | null {
  const show = socketCommand("show stat -1 4 -1", stats);
  if (show === null || runtimeApiName(backend, server) === null) return null;
  return `${show} | grep -E '^(#|${backend},${server},)'`;
}
