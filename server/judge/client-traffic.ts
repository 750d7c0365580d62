import { BOUNDS } from "../bounds.ts";
import type { ClientTraffic } from "./server-memory.ts";

/** What HAProxy's own clients show about connecting to this server; null while they show nothing. */
export function classifyTraffic(traffic: ClientTraffic | null, now: number): "fails" | "works" | null {
  if (traffic === null) return null;
  if (traffic.hasNewSessions && now - traffic.errorFreeSince >= BOUNDS.trafficWorksAfterMs) return "works";
  return traffic.failingSince === null ? null : "fails";
}
