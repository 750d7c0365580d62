import { BOUNDS } from "../bounds.ts";
import type { InstanceInfo } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import { UINT32_MAX } from "./field-bytes.ts";
import { decodeField } from "./field-text.ts";

/** `show info`, and the key that identifies HAProxy's process. */
export interface ShowInfo {
  readonly info: InstanceInfo;
  /** Pid and start time; 2.2 has no start time. */
  readonly processKey: string;
}

/** The last second of the year 9999, after which ISO 8601 has no plain form. */
const WALL_SECONDS_MAX = 253_402_300_799;

/**
 * Parses `Name: value` lines; numbers are clamped to what HAProxy can send. `wallMs` (milliseconds since 1970) replaces the
 * start time that 2.2 does not send. Throws HAPROBE_STATS_NOT_HAPROXY without a pid, or for too many lines.
 */
export function parseShowInfo(text: string, wallMs: number): ShowInfo {
  const values = new Map<string, string>();
  let lines = 0;
  for (let at = 0; at < text.length; ) {
    if ((lines += 1) > BOUNDS.showInfoLinesMax) throw notHaproxyError("its `show info` is too long");
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end < 0 ? text.length : end);
    const colon = line.indexOf(": ");
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 2, colon + 2 + BOUNDS.statTextMaxChars));
    at += line.length + 1;
  }
  const number = (name: string, max: number): number | null => {
    const value = values.get(name) ?? "";
    return /^\d+$/.test(value) ? Math.min(Number(value), max) : null;
  };
  const pid = number("Pid", UINT32_MAX);
  if (pid === null) throw notHaproxyError("it has no pid");
  const uptimeSeconds = number("Uptime_sec", UINT32_MAX) ?? 0;
  const startTimeSeconds = number("Start_time_sec", WALL_SECONDS_MAX);
  return {
    info: {
      version: decodeField(values.get("Version") ?? ""),
      pid,
      startTimeSeconds: startTimeSeconds ?? Math.max(0, Math.round(wallMs / 1_000) - uptimeSeconds),
      uptimeSeconds,
      node: decodeField(values.get("node") ?? ""),
      stopping: (number("Stopping", UINT32_MAX) ?? 0) > 0,
    },
    processKey: `${pid}-${startTimeSeconds ?? "?"}`,
  };
}

function notHaproxyError(what: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", `the response is not HAProxy's: ${what}`);
}
