import { HaprobeError } from "../errors.ts";
import type { HttpResponseHead } from "./http-get.ts";

/** The error in the head of a response that is not the CSV of a stats page, or null; `sentLogin`: the request had credentials. */
export function detectPageError(
  { status, headers }: HttpResponseHead,
  peer: string,
  sentLogin: boolean,
): HaprobeError | null {
  if (status === 401 || status === 407) {
    const reason = sentLogin ? "rejects the user and password" : "requires a user and password";
    return new HaprobeError("HAPROBE_STATS_UNAUTHORIZED", `${peer} ${reason} (status ${status})`);
  }
  if (status === 403) {
    return new HaprobeError("HAPROBE_STATS_PAGE_DENIED", `${peer} denies access to the stats page (status 403)`);
  }
  if (status >= 300 && status < 400) {
    const to = headers.location === undefined ? "" : ` to ${redactLocation(headers.location)}`;
    return new HaprobeError("HAPROBE_STATS_REDIRECTED", `${peer} redirects${to} (status ${status})`);
  }
  if (status !== 200) {
    return new HaprobeError("HAPROBE_STATS_NO_PAGE", `${peer} has no stats page at that path (status ${status})`);
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    const name = sanitizeToken(encoding);
    return new HaprobeError("HAPROBE_STATS_ENCODED", `${peer} sends content-encoding ${name}, which was not requested`);
  }
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "text/plain") {
    const found = type === undefined ? "no content type" : sanitizeToken(type);
    return new HaprobeError("HAPROBE_STATS_NOT_CSV", `${peer} sends ${found} instead of text/plain`);
  }
  return null;
}

/** Origin and path of a redirect; user, password and query may be secret. */
function redactLocation(location: string): string {
  const url = URL.parse(location, "http://same-host");
  if (url === null) return "an invalid location";
  const origin = url.host === "same-host" ? "" : `${url.protocol}//${url.host}`;
  return `${origin}${url.pathname}`.slice(0, 100);
}

/** A header's token for a message; replaces other text, since the peer controls it. */
function sanitizeToken(text: string): string {
  return /^[\w.+/-]{1,60}$/.test(text) ? text : "an invalid token";
}
