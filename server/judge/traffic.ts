import { BOUNDS } from "../bounds.ts";
import type { Traffic } from "./memory.ts";

/** What HAProxy's own clients say about connecting to this server; null while they say nothing. */
export function trafficWord(traffic: Traffic | null, now: number): "fails" | "works" | null {
  if (traffic === null) return null;
  if (traffic.moved && now - traffic.quietSince >= BOUNDS.trafficWorksAfterMs) return "works";
  return traffic.failingSince === null ? null : "fails";
}
