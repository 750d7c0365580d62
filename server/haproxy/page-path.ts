import type { StatsRequest } from "./stats-source.ts";

/** HAProxy accepts these anywhere after the configured `stats uri`, in the path or the query, repeated ones included. */
const CSV_SUFFIX = ";csv;norefresh";
/** Names of HAProxy up to 3.2; 3.5 allows any name, but decodes no escapes in `scope`. */
const SCOPABLE_NAME = /^[A-Za-z0-9._:-]+$/;
const SCOPE = "scope=";

/**
 * The request target for a poll. One backend is selected by `?scope=`, which matches any part of a name and at most 20
 * characters, so that more backends may be returned; where it cannot be used, everything is requested.
 */
export function buildPagePath(path: string, { backend }: StatsRequest): string {
  const isScoped = backend !== null && SCOPABLE_NAME.test(backend.name) && !path.includes(SCOPE);
  if (!isScoped) return `${path}${CSV_SUFFIX}`;
  return `${path}${CSV_SUFFIX}${path.includes("?") ? "&" : "?"}${SCOPE}${backend.name}`;
}
