import { z } from "zod";
import { INCIDENT_CHANGES, INCIDENT_ENDS, type Incident, URGENCIES } from "../../contract/incident.ts";
import { PROBE_KINDS, PROBE_OUTCOMES, PROBE_STAGES } from "../../contract/probe-result.ts";
import { exactSchema } from "./exact-schema.ts";
import { countSchema, timestampSchema, millisecondsSchema, reasonSchema, verdictSchema } from "./scalars.ts";

const incidentMemberSchema = z.object({
  key: z.string(),
  instance: z.string(),
  backend: z.string(),
  server: z.string(),
  vantage: z
    .string()
    .nullable()
    .describe("The vantage that sees it so, on a hub; null where one haprobe alone judges."),
  since: timestampSchema,
  active: z.boolean().describe("False where this server agrees again and others do not."),
  sessions: countSchema,
  held: countSchema.describe("Sessions open at the last poll while the incident lasted."),
});

const incidentBackendSchema = z.object({
  instance: z.string(),
  backend: z.string(),
  unit: z.enum(["sessions", "requests"]),
  sessions: countSchema,
  held: countSchema,
  share: z.number().min(0).max(1).nullable().describe("Part of the backend's new sessions; null where it had none."),
  healthyLeft: countSchema.describe("Other healthy servers that receive traffic."),
  backupsInUse: countSchema,
  connectErrors: countSchema.describe("HAProxy's `econ` of these servers since the first failed probe."),
  responseErrors: countSchema.describe("`eresp`."),
  responses5xx: countSchema.describe("`hrsp_5xx`; 0 in TCP mode, which has none."),
});

const incidentChangeSchema = z.object({
  at: timestampSchema,
  what: z.enum(INCIDENT_CHANGES),
  who: z.string().nullable().describe("The person who made it; null for haprobe itself."),
  text: z.string(),
});

const incidentRemarkSchema = z.object({ at: timestampSchema, name: z.string(), text: z.string() });

export const incidentEvidenceSchema = z.object({
  key: z.string(),
  row: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .describe("The fields of HAProxy's CSV row that have a value, as they came."),
  probe: z
    .object({
      vantage: z.string(),
      outcome: z.enum(PROBE_OUTCOMES),
      kind: z.enum(PROBE_KINDS),
      stage: z.enum(PROBE_STAGES),
      url: z.string(),
      httpStatus: z.int().nullable(),
      failing: z.array(z.string()),
      detail: z.string(),
      body: z.string().describe("Its begin, without secrets."),
    })
    .nullable(),
  curl: z.string().nullable().describe("Shell command that repeats the probe, without credentials."),
  socat: z.string().nullable().describe("Shell command that shows HAProxy's row."),
});

/** A mismatch that lasts, with every server that routes to its subject. */
export const incidentSchema = exactSchema<Incident>()(
  z
    .object({
      id: z.string().describe("Stays the same when the incident is reopened soon after its end."),
      version: z.int().positive().describe("Grows with each change."),
      site: z.string(),
      state: z.enum(["open", "healing", "ended"]),
      verdict: verdictSchema,
      reason: reasonSchema.nullable(),
      subject: z.string().describe("`10.0.0.11:6443` for a false-up, the server's key for a false-down."),
      sentence: z.string(),
      urgency: z
        .enum(URGENCIES)
        .describe("`critical` without a healthy server left, or with half of a backend's traffic."),
      members: z
        .array(incidentMemberSchema)
        .describe(
          "The servers that route to it, of all instances and backends; on a hub one for each server and vantage.",
        ),
      backends: z.array(incidentBackendSchema).describe("The traffic of the members, by backend."),
      suspectedAt: timestampSchema,
      confirmedAt: timestampSchema,
      endedAt: timestampSchema.nullable(),
      end: z.enum(INCIDENT_ENDS).nullable().describe("Cause of the end."),
      flaps: countSchema.describe("How often it healed and came back."),
      detectionLagMs: millisecondsSchema
        .nullable()
        .describe("Time until HAProxy itself took the server out; null where it has not."),
      sessions: countSchema.describe("Sessions or requests sent to the server so far."),
      held: countSchema.describe("Sessions open at the server at the last poll while the incident lasted."),
      evidence: incidentEvidenceSchema.describe("What both sides said of the first member when the incident opened."),
      acknowledgement: incidentRemarkSchema.nullable().describe("The newest acknowledgement."),
      expected: incidentRemarkSchema.nullable().describe("Why a person expects it: it is shown and not alerted."),
      notes: z.array(incidentRemarkSchema),
      changes: z.array(incidentChangeSchema),
    })
    .meta({
      id: "Incident",
      description: "A mismatch that lasts; one failing server behind forty HAProxies is one incident.",
    }),
);
