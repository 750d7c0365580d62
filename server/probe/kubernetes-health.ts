import { BOUNDS } from "../bounds.ts";

/** `[-]etcd failed: reason withheld`; a name is visible ASCII without spaces. */
const CHECK_LINE = /^\[([+-])\]([!-~]+)/;

/** A kube-apiserver has some 60 checks. */
const LINES_MAX = 1_000;

/**
 * Parses the check list of kube-apiserver and compatible servers: text/plain, lines `[+]name ok` and
 * `[-]name failed: …`. Null if the body is no such list; else the names of the failing checks, each once, bounded.
 */
export function parseFailingChecks(contentType: string, body: string): readonly string[] | null {
  if (!/^text\/plain\b/i.test(contentType)) return null;
  let isList = false;
  const failing = new Set<string>();
  for (const line of body.split("\n", LINES_MAX)) {
    const found = CHECK_LINE.exec(line);
    if (!found) continue;
    isList = true;
    if (found[1] !== "-" || failing.size >= BOUNDS.probeFailingNames) continue;
    failing.add((found[2] ?? "").slice(0, BOUNDS.probeFailingNameChars));
  }
  return isList ? [...failing] : null;
}
