import { z } from "zod";
import { INCIDENT_ENDS, type Incident } from "../../contract/incident.ts";
import { exactly } from "./exactly.ts";
import { count, instant, milliseconds, reason, verdict } from "./words.ts";

const member = z.object({
  key: z.string(),
  instance: z.string(),
  backend: z.string(),
  server: z.string(),
  since: instant,
  active: z.boolean().describe("False once this server agrees again while others do not."),
  sessions: count,
});

const change = z.object({
  at: instant,
  what: z.enum(["confirmed", "reason", "member-joined", "member-left", "healing", "relapsed", "ended", "reopened"]),
  text: z.string(),
});

/** A lasting bad verdict, with every server that routes to its subject. */
export const incident = exactly<Incident>()(
  z
    .object({
      id: z.string().describe("Kept when it is opened again soon after its end."),
      state: z.enum(["open", "healing", "ended"]),
      verdict,
      reason: reason.nullable(),
      subject: z.string().describe("`10.0.0.11:6443` for a false-up, the server's key for a false-down."),
      sentence: z.string(),
      members: z.array(member).describe("The servers that route to it, of all instances and backends."),
      suspectedAt: instant,
      confirmedAt: instant,
      endedAt: instant.nullable(),
      end: z.enum(INCIDENT_ENDS).nullable().describe("Why it ended."),
      flaps: count.describe("How often it healed and came back."),
      detectionLagMs: milliseconds.nullable().describe("Until HAProxy itself took the server out; null: it has not."),
      sessions: count.describe("Sessions or requests that went in so far."),
      changes: z.array(change),
    })
    .meta({ id: "Incident", description: "A lasting bad verdict: one sick server behind forty HAProxies is one." }),
);
