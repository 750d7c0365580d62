import type { InstanceInfo } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import { decodeField } from "./field-text.ts";

/** `show info`, and what tells one process of HAProxy from the next. */
export interface ShowInfo {
  readonly info: InstanceInfo;
  /** Pid and start time; 2.2 does not say when it started. */
  readonly processKey: string;
}

/** Reads `Name: value` lines. `wallMs` stands in for the start time that 2.2 does not tell. Throws HAPROBE_STATS_NOT_HAPROXY without a pid. */
export function parseShowInfo(text: string, wallMs: number): ShowInfo {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 2));
  }
  const number = (name: string): number | null => {
    const value = values.get(name) ?? "";
    return /^\d{1,15}$/.test(value) ? Number(value) : null;
  };
  const pid = number("Pid");
  if (pid === null) throw new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the answer is not HAProxy's: it names no pid");
  const uptimeSeconds = number("Uptime_sec") ?? 0;
  const startTimeSeconds = number("Start_time_sec");
  return {
    info: {
      version: decodeField(values.get("Version") ?? ""),
      pid,
      startTimeSeconds: startTimeSeconds ?? Math.round(wallMs / 1_000) - uptimeSeconds,
      uptimeSeconds,
      node: decodeField(values.get("node") ?? ""),
      stopping: (number("Stopping") ?? 0) > 0,
    },
    processKey: `${pid}-${startTimeSeconds ?? "?"}`,
  };
}
