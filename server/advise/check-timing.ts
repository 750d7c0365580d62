import type { Proxy, ServerLine } from "./proxies.ts";
import type { ServerKeyword, ServerOptions } from "./server-options.ts";
import { parseTime } from "./time-value.ts";

const DEFAULT_INTER_MS = 2_000;
const DEFAULT_FALL = 3;
const DEFAULT_RISE = 2;

/** How fast a check is; null where a template decides it. Milliseconds. */
export interface CheckTiming {
  readonly interMs: number | null;
  /** Interval while health moves; null where it is `inter`. */
  readonly fastInterMs: number | null;
  readonly fall: number | null;
  readonly rise: number | null;
  /** How long a check waits for an answer. */
  readonly timeoutMs: number | null;
  /** From the fault of a server to DOWN at the latest, for one that accepts connections and never answers. */
  readonly detectionMs: number | null;
}

/** Reads the intervals and timeouts with which a server is checked. */
export function readTiming(proxy: Proxy, { options }: ServerLine): CheckTiming {
  const interMs = readMs(options, "inter", DEFAULT_INTER_MS);
  const fastInterMs = options.has("fastinter") ? readMs(options, "fastinter", null) : null;
  const fall = readCount(options, "fall", DEFAULT_FALL);
  const rise = readCount(options, "rise", DEFAULT_RISE);
  const check = proxy.timeouts.get("check");
  // Without `timeout check` the interval is the time for the whole check.
  const timeoutMs = check === undefined ? interMs : check.ms;
  return { interMs, fastInterMs, fall, rise, timeoutMs, detectionMs: detectionOf() };

  function detectionOf(): number | null {
    const fast = options.has("fastinter") ? fastInterMs : interMs;
    if (interMs === null || fast === null || fall === null || timeoutMs === null) return null;
    return interMs + (fall - 1) * fast + fall * timeoutMs;
  }
}

function readMs(options: ServerOptions, keyword: ServerKeyword, fallback: number | null): number | null {
  const option = options.get(keyword);
  return option === undefined ? fallback : parseTime(option.value ?? "");
}

function readCount(options: ServerOptions, keyword: ServerKeyword, fallback: number): number | null {
  const option = options.get(keyword);
  if (option === undefined) return fallback;
  return /^\d{1,9}$/.test(option.value ?? "") ? Number(option.value) : null;
}
