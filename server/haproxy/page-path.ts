import type { Question } from "./source.ts";

/** HAProxy looks for these anywhere behind the configured `stats uri`, in the path or the query, and takes doubled ones. */
const AS_CSV = ";csv;norefresh";
/** Names as every HAProxy up to 3.2 has them; 3.5 allows any, and nothing decodes what would have to be written for them. */
const PLAIN_NAME = /^[A-Za-z0-9._:-]+$/;
const SCOPE = "scope=";

/**
 * The request target for a question. One backend is asked for by `?scope=`, which HAProxy takes for a part of a name of
 * at most 20 characters: more backends may come. Where that cannot be said, everything is asked for.
 */
export function pagePath(path: string, { backend }: Question): string {
  const scoped = backend !== null && PLAIN_NAME.test(backend.name) && !path.includes(SCOPE);
  if (!scoped) return `${path}${AS_CSV}`;
  return `${path}${AS_CSV}${path.includes("?") ? "&" : "?"}${SCOPE}${backend.name}`;
}
