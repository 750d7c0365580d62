import { z } from "zod";
import {
  type HistoryInterval,
  NUMBERS_BY,
  type Numbers,
  type NumbersRow,
  type ChangesBeside,
  type PastFleet,
  type ServerHistory,
} from "../../contract/history.ts";
import { PROBE_OUTCOMES } from "../../contract/probe-result.ts";
import type { ServerSeries } from "../../contract/series.ts";
import { exactSchema } from "./exact-schema.ts";
import { instanceStatusSchema } from "./instance-schema.ts";
import {
  checkStatusSchema,
  countSchema,
  millisecondsSchema,
  phaseSchema,
  reasonSchema,
  timestampSchema,
  toneSchema,
  verdictSchema,
} from "./scalars.ts";
import { haproxySideSchema, misroutedSchema, probeSideSchema, serverStatusSchema } from "./server-schema.ts";
import { positionFields } from "./stream-schema.ts";
import { fleetSummarySchema } from "./summary-schema.ts";

const next = z.string().nullable().describe("Cursor of the next page; null on the last one.");

const historyIntervalSchema = exactSchema<HistoryInterval>()(
  z.object({
    from: timestampSchema,
    to: timestampSchema,
    verdict: verdictSchema,
    phase: phaseSchema.nullable(),
    reason: reasonSchema.nullable().describe("`not-recorded` where haprobe did not run."),
    probeReason: reasonSchema.nullable(),
    sentence: z.string(),
    tone: toneSchema,
    expected: z.boolean(),
    haproxy: z
      .object({ status: z.string(), checkStatus: checkStatusSchema.nullable(), checkCode: z.int().nullable() })
      .nullable()
      .describe("HAProxy's side; null where nothing was recorded."),
    probe: z
      .object({ outcome: z.enum([...PROBE_OUTCOMES, "pending", "skipped"]), httpStatus: z.int().nullable() })
      .nullable()
      .describe("Our side; null where nothing was recorded."),
    vantage: z.string().nullable(),
    address: z.object({ network: z.string(), host: z.string(), port: z.int() }).nullable(),
  }),
);

/** Body of a server's history. */
export const serverHistorySchema = exactSchema<ServerHistory>()(
  z
    .object({
      version: positionFields.version,
      key: z.string(),
      from: timestampSchema,
      to: timestampSchema,
      thinned: z.boolean().describe("Intervals were left out; each part of the range kept its worst one."),
      reloads: z
        .array(timestampSchema)
        .describe("When its HAProxy was reloaded, as each vantage saw it, oldest first."),
      intervals: z.array(historyIntervalSchema).describe("In the order of time, without gaps within a vantage."),
    })
    .meta({ id: "History", description: "What held of one server, and since when." }),
);

const pastServerSchema = serverStatusSchema
  .extend({
    haproxy: haproxySideSchema.extend({
      usable: z.boolean().nullable(),
      weight: z.number().nullable(),
      backup: z.boolean().nullable(),
      at: timestampSchema.nullable(),
    }),
    probe: probeSideSchema.extend({ guessed: z.boolean().nullable() }),
    misrouted: misroutedSchema.extend({
      sessions: countSchema.nullable(),
      held: countSchema.nullable(),
      unit: z.enum(["sessions", "requests"]).nullable(),
      healthyLeft: countSchema.nullable(),
    }),
  })
  .meta({ id: "PastServer", description: "One server at a past moment: null for what is not recorded." });

/** Body of `/api/v1/servers?at=`. */
export const pastFleetSchema = exactSchema<PastFleet & { readonly next: string | null }>()(
  z
    .object({
      ...positionFields,
      epoch: z.string().describe("The moment."),
      seq: countSchema.describe("0: it is no position in the stream."),
      type: z.literal("snapshot"),
      servers: z.array(pastServerSchema),
      instances: z.array(
        instanceStatusSchema.extend({ stats: z.string().nullable(), everyMs: millisecondsSchema.nullable() }),
      ),
      summary: fleetSummarySchema.extend({ canBeFalselyUp: countSchema.nullable() }),
      next,
    })
    .meta({ id: "PastServersAnswer", description: "The fleet at a past moment." }),
);

const seriesValues = z.array(z.number().nullable());

/** Body of a server's series. */
export const serverSeriesSchema = exactSchema<ServerSeries>()(
  z
    .object({
      version: positionFields.version,
      key: z.string(),
      from: timestampSchema.describe("Begin of the first step."),
      to: timestampSchema,
      stepMs: millisecondsSchema,
      series: z
        .object({
          probeMs: seriesValues.describe("Duration of our probe, the mean."),
          probeMaxMs: seriesValues.describe("The longest."),
          connectMs: seriesValues,
          tlsMs: seriesValues,
          answerMs: seriesValues,
          checkMs: seriesValues.describe("Duration of HAProxy's check."),
          trafficPerSecond: seriesValues.describe("Sessions, or requests in mode http."),
          errorsPerSecond: seriesValues.describe("Responses with a 5xx."),
        })
        .describe("A value for each step from `from` on; null where there is none."),
    })
    .meta({ id: "Series", description: "Measurements of one server." }),
);

/** Body of `/api/v1/changes`. */
export const changesBesideSchema = exactSchema<ChangesBeside>()(
  z
    .object({
      version: positionFields.version,
      at: timestampSchema,
      before: timestampSchema.nullable().describe("The newest recorded change of any server before `at`."),
      after: timestampSchema.nullable().describe("The first one after it."),
    })
    .meta({ id: "Changes", description: "The recorded changes beside a moment." }),
);

const numbersRowSchema = exactSchema<NumbersRow>()(
  z.object({
    site: z.string(),
    instance: z.string(),
    backend: z.string().nullable().describe("Null in sums by instance."),
    server: z.string().nullable().describe("Null in sums by backend or instance."),
    servers: countSchema,
    verdictMs: z
      .record(verdictSchema, millisecondsSchema)
      .describe("Milliseconds in each verdict, of all its servers."),
    notRecordedMs: millisecondsSchema,
    falselyUpMinutes: z.number().nonnegative().describe("In confirmed false-ups, from their first failed probe."),
    misrouted: countSchema.describe("Sessions or requests of the incidents."),
    incidents: countSchema.describe("Open within the range."),
    meanDetectionLagMs: millisecondsSchema.nullable().describe("Until HAProxy itself took the server out."),
    worstDetectionLagMs: millisecondsSchema.nullable(),
    unnoticed: countSchema.describe("False-ups that HAProxy has not noticed."),
  }),
);

/** Body of `/api/v1/numbers`. */
export const numbersSchema = exactSchema<Numbers>()(
  z
    .object({
      version: positionFields.version,
      from: timestampSchema,
      to: timestampSchema,
      by: z.enum(NUMBERS_BY),
      numbers: z.array(numbersRowSchema),
      next,
    })
    .meta({ id: "NumbersAnswer", description: "Sums over a time range." }),
);
