import { BOUNDS } from "../bounds.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import { encodeDuration, encodeTime } from "./recorded-time.ts";

/** A result that says the same as the one before it is written as its times. */
export function encodeResult(
  at: number,
  time: string,
  id: number,
  last: ProbeResult | null,
  result: ProbeResult,
): string {
  const { sentAt, endedAt, phasesMs, target: _, ...said } = result;
  const times = `${encodeTime(at, endedAt)},${encodeTime(endedAt, sentAt)}`;
  const phases = `${encodeDuration(phasesMs.connect)},${encodeDuration(phasesMs.tls)},${encodeDuration(phasesMs.answer)}`;
  const start = `["r",${time},${id},${times},${phases}`;
  if (last !== null && isSameAnswer(last, result)) return `${start}]`;
  return `${start},${JSON.stringify({ ...said, body: keptBody(result) })}]`;
}

/** The body of a probe that passed decides nothing, and may differ each time. */
function keptBody({ outcome, body }: ProbeResult): string {
  return outcome === "passed" ? "" : body.slice(0, BOUNDS.recordingBodyChars);
}

function isSameAnswer(a: ProbeResult, b: ProbeResult): boolean {
  return (
    b.seq === a.seq + 1 &&
    a.vantage === b.vantage &&
    a.outcome === b.outcome &&
    a.kind === b.kind &&
    a.stage === b.stage &&
    a.fault === b.fault &&
    a.url === b.url &&
    a.httpStatus === b.httpStatus &&
    a.htmlPage === b.htmlPage &&
    a.certificateExpiresAt === b.certificateExpiresAt &&
    a.detail === b.detail &&
    a.everyMs === b.everyMs &&
    a.failing.length === b.failing.length &&
    a.failing.every((name, place) => name === b.failing[place]) &&
    (b.outcome === "passed" || keptBody(a) === keptBody(b))
  );
}
