import { HaprobeError } from "../errors.ts";
import type { HttpResponseHead } from "./http-get.ts";

/** The error in the head of an answer that is not the CSV of a stats page; null if it is worth reading. `sentLogin`: a user and a password went with the request. */
export function detectPageError(
  { status, headers }: HttpResponseHead,
  where: string,
  sentLogin: boolean,
): HaprobeError | null {
  if (status === 401 || status === 407) {
    const why = sentLogin ? "refuses the user and the password" : "wants a user and a password";
    return new HaprobeError("HAPROBE_STATS_UNAUTHORIZED", `${where} ${why} (status ${status})`);
  }
  if (status === 403) return new HaprobeError("HAPROBE_STATS_PAGE_DENIED", `${where} denies us its page (status 403)`);
  if (status >= 300 && status < 400) {
    const to = headers.location === undefined ? "" : ` to ${redactLocation(headers.location)}`;
    return new HaprobeError("HAPROBE_STATS_REDIRECTED", `${where} redirects${to} (status ${status})`);
  }
  if (status !== 200) {
    return new HaprobeError("HAPROBE_STATS_NO_PAGE", `${where} has no stats page at that path (status ${status})`);
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return new HaprobeError(
      "HAPROBE_STATS_ENCODED",
      `${where} sends its answer as ${sanitizeToken(encoding)}, unasked`,
    );
  }
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "text/plain") {
    const found = type === undefined ? "no content type" : sanitizeToken(type);
    return new HaprobeError("HAPROBE_STATS_NOT_CSV", `${where} answers with ${found} instead of text/plain`);
  }
  return null;
}

/** Where it leads, without what may be secret: user, password, query. */
function redactLocation(location: string): string {
  const url = URL.parse(location, "http://same-host");
  if (url === null) return "somewhere else";
  const origin = url.host === "same-host" ? "" : `${url.protocol}//${url.host}`;
  return `${origin}${url.pathname}`.slice(0, 100);
}

/** A word of somebody else's, as far as it is one. */
function sanitizeToken(text: string): string {
  return /^[\w.+/-]{1,60}$/.test(text) ? text : "something odd";
}
