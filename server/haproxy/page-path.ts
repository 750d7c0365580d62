import type { StatsRequest } from "./stats-source.ts";

/** HAProxy looks for these anywhere behind the configured `stats uri`, in the path or the query, and takes doubled ones. */
const CSV_SUFFIX = ";csv;norefresh";
/** Names as every HAProxy up to 3.2 has them; 3.5 allows any, and nothing decodes what would have to be written for them. */
const SCOPABLE_NAME = /^[A-Za-z0-9._:-]+$/;
const SCOPE = "scope=";

/**
 * The request target for a question. One backend is asked for by `?scope=`, which HAProxy takes for a part of a name of
 * at most 20 characters: more backends may come. Where that cannot be said, everything is asked for.
 */
export function buildPagePath(path: string, { backend }: StatsRequest): string {
  const scoped = backend !== null && SCOPABLE_NAME.test(backend.name) && !path.includes(SCOPE);
  if (!scoped) return `${path}${CSV_SUFFIX}`;
  return `${path}${CSV_SUFFIX}${path.includes("?") ? "&" : "?"}${SCOPE}${backend.name}`;
}
