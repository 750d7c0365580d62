import { z } from "zod";
import { INCIDENT_ENDS, type Incident } from "../../contract/incident.ts";
import { exactSchema } from "./exact-schema.ts";
import { countSchema, timestampSchema, millisecondsSchema, reasonSchema, verdictSchema } from "./scalars.ts";

const incidentMemberSchema = z.object({
  key: z.string(),
  instance: z.string(),
  backend: z.string(),
  server: z.string(),
  since: timestampSchema,
  active: z.boolean().describe("False where this server agrees again and others do not."),
  sessions: countSchema,
});

const incidentChangeSchema = z.object({
  at: timestampSchema,
  what: z.enum(["confirmed", "reason", "member-joined", "member-left", "healing", "relapsed", "ended", "reopened"]),
  text: z.string(),
});

/** A mismatch that lasts, with every server that routes to its subject. */
export const incidentSchema = exactSchema<Incident>()(
  z
    .object({
      id: z.string().describe("Stays the same when the incident is reopened soon after its end."),
      state: z.enum(["open", "healing", "ended"]),
      verdict: verdictSchema,
      reason: reasonSchema.nullable(),
      subject: z.string().describe("`10.0.0.11:6443` for a false-up, the server's key for a false-down."),
      sentence: z.string(),
      members: z.array(incidentMemberSchema).describe("The servers that route to it, of all instances and backends."),
      suspectedAt: timestampSchema,
      confirmedAt: timestampSchema,
      endedAt: timestampSchema.nullable(),
      end: z.enum(INCIDENT_ENDS).nullable().describe("Cause of the end."),
      flaps: countSchema.describe("How often it healed and came back."),
      detectionLagMs: millisecondsSchema
        .nullable()
        .describe("Time until HAProxy itself took the server out; null where it has not."),
      sessions: countSchema.describe("Sessions or requests sent to the server so far."),
      changes: z.array(incidentChangeSchema),
    })
    .meta({
      id: "Incident",
      description: "A mismatch that lasts; one failing server behind forty HAProxies is one incident.",
    }),
);
