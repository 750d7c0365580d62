import { z } from "zod";
import { BOUNDS } from "../../bounds.ts";
import { INGEST_VERSION, type IngestRequest } from "../../contract/ingest.ts";
import { isRepeatProbeCommand, isShowRowCommand } from "../../contract/repeat-commands.ts";
import { isRestoreCommand } from "../../contract/restore-command.ts";
import { findingSchema } from "./finding-schema.ts";
import { incidentEvidenceSchema } from "./incident-schema.ts";
import { instanceStatusSchema } from "./instance-schema.ts";
import { timestampSchema } from "./scalars.ts";
import { restoreCommandSchema, serverStatusSchema } from "./server-schema.ts";

/** PostgreSQL refuses a text with a NUL. */
const name = z
  .string()
  .min(1)
  .max(BOUNDS.ingestNameChars)
  .regex(/^[^\0]*$/);
const text = z
  .string()
  .max(BOUNDS.ingestTextChars)
  .regex(/^[^\0]*$/);
const word = z
  .string()
  .max(64)
  .regex(/^[\w./ -]*$/);
/** Milliseconds since 1970, until the year 2100; a clock that is wrong is a finding, and not refused. */
const time = z.int().min(0).max(4_102_444_800_000);
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const seq = z.int().min(0);

const server = z.strictObject({ site: name, instance: name, backend: name, server: name });
const address = z.strictObject({ network: name, host: name, port: z.int().min(0).max(65_535) }).nullable();

const judgement = z.strictObject({
  verdict: word,
  phase: word.nullable(),
  reason: word.nullable(),
  probeReason: word.nullable(),
  haproxyStatus: text,
  checkStatus: word.nullable(),
  checkCode: z.int().nullable(),
  probeOutcome: word,
  httpStatus: z.int().nullable(),
  sentence: text,
  tone: word,
  subject: text.nullable(),
  expected: z.boolean(),
});

const counts = z.strictObject({
  sessions: count,
  backendSessions: count,
  connectErrors: count,
  responseErrors: count,
  responses5xx: count,
});

const traffic = z.strictObject({
  unit: z.enum(["sessions", "requests"]),
  counts,
  baseline: z
    .strictObject({
      haproxyProcess: z.strictObject({ pid: z.int(), startTimeSeconds: z.number() }).nullable(),
      totals: counts,
    })
    .nullable(),
  held: count,
  standby: z.boolean(),
  healthyLeft: count,
  backupsInUse: count,
});

const base = { seq, at: time };
const event = z.discriminatedUnion("type", [
  z.strictObject({
    ...base,
    type: z.literal("verdict-changed"),
    server,
    address,
    judgement,
    beganAt: time,
    body: z.string().max(BOUNDS.ingestBodyChars).nullable(),
    traffic: traffic.nullable().optional(),
  }),
  z.strictObject({ ...base, type: z.literal("traffic-counted"), server, fault: text, traffic }),
  z.strictObject({ ...base, type: z.enum(["address-changed", "server-removed"]), server, address }),
  z.strictObject({
    ...base,
    type: z.literal("instance-changed"),
    site: name,
    instance: name,
    epoch: text.nullable(),
    error: text.nullable(),
  }),
  z.strictObject({
    ...base,
    type: z.enum(["started", "paused", "heartbeat", "stopped"]),
    heardBefore: time.nullable(),
  }),
]);

const polled = instanceStatusSchema.strict().extend({
  name,
  site: name,
  stats: text,
  version: text.nullable(),
  error: z.strictObject({ code: word, message: text, remedy: text, at: timestampSchema }).nullable(),
});

const finding = findingSchema.strict().extend({
  id: z.string().max(BOUNDS.ingestTextChars * 4),
  subject: z.strictObject({ instance: name.nullable(), backend: name.nullable(), server: name.nullable() }),
  sentence: text,
  advice: z
    .string()
    .max(BOUNDS.ingestAdviceChars)
    .regex(/^[^\0]*$/),
  // A vantage speaks for itself alone.
  vantages: z.array(z.never()).max(0),
});

const ingestSchema = z.strictObject({
  version: z.literal(INGEST_VERSION),
  position: z.strictObject({
    site: name,
    vantage: name,
    logId: z.uuid(),
    writer: z.uuid(),
    takesOver: z.boolean(),
    firstSeq: z.int().min(1),
    lastSeq: seq,
    sentAt: time,
  }),
  events: z.array(event).max(BOUNDS.forwardEventsMax),
  hasGap: z.boolean(),
  status: z
    .strictObject({
      version: word,
      instances: z.array(polled).max(BOUNDS.instancesMax),
      isBlind: z.boolean(),
      findings: z.array(finding).max(BOUNDS.vantageFindingsMax).optional(),
      behind: z.int().min(0).exactOptional(),
    })
    .optional(),
});

/** The request in the body of a vantage, with every field checked and its events in order; or the sentence of the refusal. */
export function parseIngest(
  value: unknown,
): { readonly ok: true; readonly request: IngestRequest } | { readonly ok: false; readonly detail: string } {
  const parsed = ingestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.map(String).join(".").slice(0, BOUNDS.ingestNameChars) ?? "";
    return { ok: false, detail: `${path}: ${issue?.message.slice(0, BOUNDS.ingestNameChars) ?? "is not valid"}` };
  }
  const request = parsed.data as IngestRequest;
  const wrong = findDisorder(request);
  if (wrong !== null) return { ok: false, detail: wrong };
  return { ok: true, request: { ...request, events: request.events.map(withCheckedBody) } };
}

function findDisorder({ position, events, hasGap }: IngestRequest): string | null {
  const { firstSeq, lastSeq } = position;
  if (lastSeq < firstSeq - 1) return "position.lastSeq: is before firstSeq";
  if (!hasGap && events.length !== lastSeq - firstSeq + 1) return "events: are not those from firstSeq to lastSeq";
  for (const [index, each] of events.entries()) {
    const expected = hasGap ? Math.max(firstSeq, events[index - 1]?.seq ?? 0) : firstSeq + index;
    const isInOrder = hasGap ? each.seq >= expected && each.seq <= lastSeq : each.seq === expected;
    if (!isInOrder) return `events.${index}.seq: is out of order`;
  }
  return null;
}

/** The server object with what an incident would open with: readers of the hub may paste its commands into a shell. */
const mismatchSchema = serverStatusSchema.extend({
  // Older versions do not send it.
  restore: restoreCommandSchema.nullable().default(null),
  evidence: incidentEvidenceSchema
    .extend({
      curl: z.string().max(BOUNDS.ingestAdviceChars).refine(isRepeatProbeCommand).nullable(),
      socat: z.string().max(BOUNDS.ingestAdviceChars).refine(isShowRowCommand).nullable(),
    })
    .optional(),
});

/**
 * With what is known of the server object, since an unknown field could nest deeper than readers compare; without it where
 * it is not one of this server: a newer haprobe may write another one.
 */
function withCheckedBody(each: IngestRequest["events"][number]): IngestRequest["events"][number] {
  if (each.type !== "verdict-changed" || each.body === null) return each;
  const parsed = mismatchSchema.safeParse(parseJson(each.body));
  const { site, instance, backend, server: serverName } = each.server;
  const isOfServer =
    parsed.success &&
    (parsed.data.restore === null || isRestoreCommand(parsed.data.restore, backend, serverName)) &&
    parsed.data.site === site &&
    parsed.data.instance === instance &&
    parsed.data.backend === backend &&
    parsed.data.server === serverName;
  return { ...each, body: isOfServer && !each.body.includes("\\u0000") ? JSON.stringify(parsed.data) : null };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
