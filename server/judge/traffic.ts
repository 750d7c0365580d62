import type { Traffic } from "./memory.ts";

/** How long HAProxy's own connects must have gone without an error before its traffic speaks for the path. */
export const TRAFFIC_QUIET_MS = 4_000;

/** What HAProxy's own clients say about connecting to this server; null while they say nothing. */
export function trafficWord(traffic: Traffic | null, now: number): "fails" | "works" | null {
  if (traffic === null) return null;
  if (traffic.errorsGrew) return "fails";
  return traffic.moved && now - traffic.quietSince >= TRAFFIC_QUIET_MS ? "works" : null;
}
