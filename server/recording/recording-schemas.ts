import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { INCIDENT_CHANGES, INCIDENT_ENDS, URGENCIES } from "../contract/incident.ts";
import { PROBE_KINDS, PROBE_OUTCOMES, PROBE_STAGES } from "../contract/probe-result.ts";
import { NO_TARGET_REASONS, PROBE_FAULTS, REASONS } from "../contract/reason.ts";
import { PHASES, VERDICTS } from "../contract/verdict.ts";
import { HINT_CODES } from "../contract/view.ts";
import { DATE_MAX_MS } from "./checked-values.ts";
import { RECORDING_VERSION } from "./recording-lines.ts";

/** Within the range of dates. */
const time = z.number().min(-DATE_MAX_MS).max(DATE_MAX_MS);
const text = z.string();
const strings = z.array(text);

const incidentState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), flaps: z.number() }),
  z.object({ kind: z.literal("healing"), flaps: z.number(), since: time, end: z.enum(INCIDENT_ENDS) }),
  z.object({ kind: z.literal("ended"), flaps: z.number(), at: time, end: z.enum(INCIDENT_ENDS) }),
]);

const trafficCounts = z.object({
  sessions: z.number(),
  backendSessions: z.number(),
  connectErrors: z.number(),
  responseErrors: z.number(),
  responses5xx: z.number(),
});

export const incidentSchema = z.object({
  id: text,
  version: z.number(),
  changedAt: time,
  site: text,
  network: text,
  subject: text,
  verdict: z.enum(["false-up", "false-down"]),
  state: incidentState,
  reason: z.enum(REASONS).nullable(),
  sentence: text,
  urgency: z.enum(URGENCIES),
  suspectedAt: time,
  confirmedAt: time,
  detectionLagMs: z.number().nullable(),
  members: z
    .array(
      z.object({
        key: text,
        site: text,
        instance: text,
        backend: text,
        server: text,
        since: time,
        standing: z.enum(["failing", "undecided", ...INCIDENT_ENDS]),
        traffic: z.object({
          unit: z.enum(["sessions", "requests"]),
          counts: trafficCounts,
          baseline: z
            .object({
              haproxyProcess: z.object({ pid: z.number(), startTimeSeconds: z.number() }).nullable(),
              totals: trafficCounts,
            })
            .nullable(),
          held: z.number(),
          standby: z.boolean(),
          healthyLeft: z.number(),
          backupsInUse: z.number(),
        }),
      }),
    )
    .max(BOUNDS.incidentMembersMax),
  changes: z
    .array(z.object({ n: z.number(), at: time, what: z.enum(INCIDENT_CHANGES), who: text.nullable(), text }))
    .max(BOUNDS.incidentChangesKept),
});

export const restoredVerdictSchema = z.object({
  server: z.object({ site: text, instance: text, backend: text, server: text }),
  address: z.object({ network: text, host: text, port: z.number() }).nullable(),
  judgement: z.object({ verdict: text }),
  beganAt: time,
});

export const headSchema = z.object({
  format: z.literal("haprobe-recording"),
  version: z.literal(RECORDING_VERSION),
  haprobe: text,
  start: z.enum(["process", "continued", "gap"]),
  vantage: text,
  epoch: text,
  at: time,
  wallOffset: time,
  lost: z.number(),
  serverColumns: strings.max(200),
  backendColumns: strings.max(200),
  heardBefore: time.nullable(),
});

export const configurationSchema = z.object({
  instances: z
    .array(
      z.object({
        name: text,
        stats: z.object({ kind: z.literal("unix"), path: text }),
        statsText: text,
        everyMs: z.number().positive(),
        site: text,
        network: text,
        labels: z.record(text, text),
        addressMap: z.array(z.object({ from: text, to: text })),
        cfg: z.array(text).exactOptional(),
      }),
    )
    .max(BOUNDS.instancesMax),
  rules: text.default(""),
});

const tls = z.object({
  minVersion: z.enum(["1.0", "1.1", "1.2", "1.3"]).nullable(),
  ciphers: text.nullable(),
  serverName: text.nullable(),
  caFile: text.nullable(),
  verify: z.boolean(),
});
const body = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("any") }),
  z.object({ kind: z.literal("equals"), text }),
  z.object({ kind: z.literal("contains"), text }),
  z.object({ kind: z.literal("matches"), pattern: text }),
]);
const probe = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("http"),
    scheme: z.enum(["http", "https"]),
    method: text,
    path: text,
    hostHeader: text,
    version: z.enum(["auto", "1.1", "2"]),
    headers: z.record(text, text),
    expectStatus: z.array(z.object({ from: z.number(), to: z.number() })),
    expectBody: body,
    tls,
  }),
  z.object({ type: z.literal("tcp"), tls: tls.nullable(), send: text, expect: body }),
  z.object({ type: z.literal("grpc"), tls: tls.nullable(), authority: text, service: text }),
]);

export const targetSchema = z.object({
  network: text,
  host: text,
  port: z.number(),
  socketPath: text.nullable(),
  proxyProtocol: z.enum(["v1", "v2"]).nullable(),
  probe,
  credentials: z
    .object({
      bearerTokenFile: text.nullable(),
      basic: z.object({ username: text, passwordFile: text }).nullable(),
      clientCertificate: z.object({ certFile: text, keyFile: text }).nullable(),
      sendTo: z.enum(["allowed-address", "verified-peer", "never"]),
    })
    .nullable(),
  guessed: z.boolean(),
  everyMs: z.number().positive(),
  fastEveryMs: z.number().positive(),
  timeoutMs: z.number().positive(),
  connection: z.enum(["fresh", "reuse", "auto"]),
});

const policy = z.object({
  rise: z.int().min(1).max(BOUNDS.countMax),
  fall: z.int().min(1).max(BOUNDS.countMax),
  graceMs: z.number(),
  learnsGrace: z.boolean(),
  startGraceMs: z.number(),
  drainGraceMs: z.number(),
  sameQuestion: z.boolean(),
  expected: z.object({ verdict: z.enum(VERDICTS), why: text }).nullable(),
});

const cure = z.array(text).max(BOUNDS.fileCureLines).exactOptional();

export const assignmentSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("target"), target: z.int(), policy, otherPort: z.number().optional(), cure }),
  z.object({ kind: z.literal("none"), reason: z.enum(NO_TARGET_REASONS), policy, cure }),
]);

/** What a poll says besides its rows, each where it differs from the poll before. */
export const pollChangesSchema = z.object({
  every: z.number().positive().optional(),
  epoch: text.optional(),
  info: z
    .object({
      version: text,
      pid: z.number(),
      startTimeSeconds: z.number(),
      uptimeSeconds: z.number(),
      node: text,
      stopping: z.boolean(),
    })
    .nullable()
    .optional(),
  up: z.number().optional(),
  hints: z
    .array(z.object({ code: z.enum(HINT_CODES), sentence: text, remedy: text, examples: strings, count: z.number() }))
    .max(100)
    .optional(),
  scope: z.object({ backend: text }).optional(),
  servers: z.array(z.int()).optional(),
  backends: z.array(z.int()).optional(),
  places: z.array(z.int()).optional(),
  backendPlaces: z.array(z.int()).optional(),
});

/** What a result says besides its times. */
export const answerSchema = z.object({
  vantage: text,
  everyMs: z.number().optional(),
  seq: z.number(),
  outcome: z.enum(PROBE_OUTCOMES),
  kind: z.enum(PROBE_KINDS),
  stage: z.enum(PROBE_STAGES),
  fault: z.enum(PROBE_FAULTS).nullable(),
  url: text,
  httpStatus: z.number().nullable(),
  failing: strings.max(BOUNDS.probeFailingNames),
  body: text,
  htmlPage: z.boolean(),
  certificateExpiresAt: z.number().nullable(),
  detail: text,
});

export const saidSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("verdict"),
    at: time,
    key: text,
    verdict: z.enum(VERDICTS),
    phase: z.enum(PHASES).nullable(),
    reason: z.enum(REASONS).nullable(),
  }),
  z.object({
    kind: z.literal("incident"),
    at: time,
    what: z.enum(["incident-opened", "incident-changed", "incident-ended"]),
    id: text,
    verdict: z.enum(VERDICTS),
    subject: text,
    reason: z.enum(REASONS).nullable(),
    sentence: text,
    suspectedAt: time,
    confirmedAt: time,
    members: strings,
  }),
]);
