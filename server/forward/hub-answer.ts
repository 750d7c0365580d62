import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import type { IngestOutcome } from "../contract/ingest.ts";

const seq = z.int().min(0);
const taken = z.object({ seq });
const gap = z.object({ expectedSeq: z.int().min(1) });
const superseded = z.object({ superseded: z.literal(true) });
const problem = z.object({ status: z.int(), detail: z.string().max(BOUNDS.forwardAnswerMaxBytes) });

/** The outcome that a hub's answer means; `retryAfter` is its header, in seconds or as a date. */
export function readHubAnswer(
  status: number,
  body: string,
  retryAfter: string | undefined,
  now: number,
): IngestOutcome {
  const value = parseJson(body);
  const refusal = problem.safeParse(value).data;
  const detail = refusal?.detail ?? `the hub answers ${status}`;
  if (status === 200) {
    const parsed = taken.safeParse(value);
    return parsed.success
      ? { kind: "applied", seq: parsed.data.seq }
      : { kind: "refused", detail: NO_HUB, isContent: false };
  }
  if (status === 409) {
    const parsed = gap.safeParse(value);
    if (parsed.success) return { kind: "gap", expectedSeq: parsed.data.expectedSeq };
    return superseded.safeParse(value).success ? { kind: "superseded" } : { kind: "refused", detail, isContent: false };
  }
  if (status === 429 || status >= 500) {
    const asked = parseRetryAfter(retryAfter, now);
    return { kind: "later", retryInMs: Math.min(asked ?? 0, BOUNDS.forwardRetryAfterMaxMs), detail };
  }
  // Another web server refuses a request without having read its events; a proxy in front refuses its size.
  const isOfHub = (status === 400 || status === 422) && refusal?.status === status;
  return { kind: "refused", detail, isContent: isOfHub || status === 413 };
}

const NO_HUB = "the answer is not that of a hub";

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function parseRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}
