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
  active: z.boolean().describe("False once this server agrees again while others do not."),
  sessions: countSchema,
});

const incidentChangeSchema = z.object({
  at: timestampSchema,
  what: z.enum(["confirmed", "reason", "member-joined", "member-left", "healing", "relapsed", "ended", "reopened"]),
  text: z.string(),
});

/** A lasting bad verdict, with every server that routes to its subject. */
export const incidentSchema = exactSchema<Incident>()(
  z
    .object({
      id: z.string().describe("Kept when it is opened again soon after its end."),
      state: z.enum(["open", "healing", "ended"]),
      verdict: verdictSchema,
      reason: reasonSchema.nullable(),
      subject: z.string().describe("`10.0.0.11:6443` for a false-up, the server's key for a false-down."),
      sentence: z.string(),
      members: z.array(incidentMemberSchema).describe("The servers that route to it, of all instances and backends."),
      suspectedAt: timestampSchema,
      confirmedAt: timestampSchema,
      endedAt: timestampSchema.nullable(),
      end: z.enum(INCIDENT_ENDS).nullable().describe("Why it ended."),
      flaps: countSchema.describe("How often it healed and came back."),
      detectionLagMs: millisecondsSchema
        .nullable()
        .describe("Until HAProxy itself took the server out; null: it has not."),
      sessions: countSchema.describe("Sessions or requests that went in so far."),
      changes: z.array(incidentChangeSchema),
    })
    .meta({ id: "Incident", description: "A lasting bad verdict: one sick server behind forty HAProxies is one." }),
);
