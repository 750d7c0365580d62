/**
 * What became of one attempt. `retry`: the same message may be accepted later. `rejected`: this message never will, others
 * may. `gone`: the receiver wants no more messages.
 */
export type SendOutcome =
  | { readonly kind: "sent"; readonly status: number | null }
  | { readonly kind: "retry"; readonly status: number | null; readonly error: string; readonly afterMs: number | null }
  | { readonly kind: "rejected" | "gone"; readonly status: number | null; readonly error: string };

/** Statuses that are about this message: it is malformed, or too large. Everything else a person can fix meanwhile. */
const REJECTED = new Set([400, 413, 414, 415, 422, 431]);

/** What an HTTP status means. A redirect is not followed, since it would lead the secrets of a request elsewhere. */
export function classifyStatus(status: number, afterMs: number | null, detail: string): SendOutcome {
  if (status >= 200 && status < 300) return { kind: "sent", status };
  const error = detail === "" ? `HTTP ${status}` : `HTTP ${status}: ${detail}`;
  if (status === 410) return { kind: "gone", status, error };
  if (REJECTED.has(status)) return { kind: "rejected", status, error };
  return { kind: "retry", status, error: status < 400 ? `${error} (redirects are not followed)` : error, afterMs };
}

/** Milliseconds of a Retry-After header, seconds or a date; null for none. `now` is milliseconds since 1970. */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
