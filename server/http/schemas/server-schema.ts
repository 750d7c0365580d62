import { z } from "zod";
import { PROBE_KINDS, PROBE_OUTCOMES } from "../../contract/probe-result.ts";
import type { RestoreCommand } from "../../contract/restore-command.ts";
import type { HaproxySide, Misrouted, ProbeSide, ServerStatus, VantageSide } from "../../contract/status.ts";
import { UNCOUNTED_WHYS } from "../../contract/vantage-word.ts";
import { exactSchema } from "./exact-schema.ts";
import {
  checkStatusSchema,
  countSchema,
  depthSchema,
  timestampSchema,
  millisecondsSchema,
  phaseSchema,
  qualitySchema,
  reasonSchema,
  toneSchema,
  verdictSchema,
} from "./scalars.ts";

/** HAProxy's side of a server. */
export const haproxySideSchema = exactSchema<HaproxySide>()(
  z
    .object({
      status: z.string().describe("HAProxy's own words, such as `UP 2/3`."),
      usable: z.boolean().describe("HAProxy sends new traffic to it."),
      checkStatus: checkStatusSchema.nullable().describe("Result of the last finished check."),
      checkCode: z.int().nullable().describe("HTTP status that the check saw."),
      lastCheck: z.string().describe("Text of the last finished check."),
      depth: depthSchema.nullable().describe("How far the check looks; null: not seen yet."),
      canNotice: z
        .boolean()
        .nullable()
        .describe("Whether the check can notice the failure that the probe found; null while the probe does not fail."),
      checkHealth: z.int().nullable().describe("HAProxy's countdown: at least `checkRise` means UP."),
      checkRise: z.int().nullable(),
      checkFall: z.int().nullable(),
      checkDurationMs: z.int().nullable(),
      unverified: z.boolean().describe("Not checked since HAProxy's start, so its UP is a default."),
      weight: z.number().describe("Effective weight."),
      backup: z.boolean(),
      tracked: z.string().nullable().describe("The server whose check it follows."),
      agentStatus: checkStatusSchema.nullable().describe("Result of HAProxy's agent check."),
      lastAgent: z.string().describe("HAProxy's own text about the last agent check."),
      sessionsTotal: countSchema.nullable().describe("HAProxy's `stot`."),
      sessionsCurrent: countSchema.nullable().describe("HAProxy's `scur`."),
      clientResponses: z
        .object({ good: countSchema, failed: countSchema })
        .nullable()
        .describe("What HAProxy's clients got from it since the probe fails at the answer; null outside mode http."),
      clientConnects: z
        .enum(["fails", "works"])
        .nullable()
        .describe("What HAProxy's own clients show about connecting since the probe fails to connect; null: nothing."),
      changedSecondsAgo: z.int().nullable().describe("HAProxy's `lastchg`."),
      at: timestampSchema.describe("Time of the poll."),
    })
    .meta({ id: "HaproxySide", description: "What HAProxy says of the server." }),
);

const probePhasesSchema = z.object({
  connect: millisecondsSchema.nullable(),
  tls: millisecondsSchema.nullable(),
  answer: millisecondsSchema.nullable(),
});

/** Our side of a server. */
export const probeSideSchema = exactSchema<ProbeSide>()(
  z
    .object({
      vantage: z.string().describe("The host that probed."),
      outcome: z
        .enum([...PROBE_OUTCOMES, "pending", "skipped"])
        .describe("`pending`: no answer yet; `skipped`: there is nothing to probe."),
      kind: z.enum(PROBE_KINDS).nullable().describe("How the probe ended."),
      stage: z.string().nullable().describe("`connect`, `tls` or `answer`."),
      url: z.string().nullable().describe("URL of the probe."),
      guessed: z.boolean().describe("No rule matched; haprobe chose the probe."),
      httpStatus: z.int().nullable(),
      failing: z.array(z.string()).describe("Sub-checks that fail, such as `etcd`."),
      durationMs: millisecondsSchema.nullable(),
      phasesMs: probePhasesSchema.nullable().describe("Duration of each finished phase."),
      body: z.string().describe("Beginning of the body; untrusted."),
      detail: z.string().describe("Error text of this machine or of the protocol."),
      certificateExpiresAt: timestampSchema.nullable(),
      at: timestampSchema.nullable().describe("Time at which the probe was sent."),
    })
    .meta({ id: "ProbeSide", description: "Result of haprobe's own probe." }),
);

/** What one of several vantages says. */
const vantageSideSchema = exactSchema<VantageSide>()(
  probeSideSchema
    .extend({
      home: z.boolean().describe("It stands beside this HAProxy: it polls its UNIX socket."),
      haproxy: z
        .object({ status: z.string(), checkStatus: checkStatusSchema.nullable(), checkCode: z.int().nullable() })
        .describe("What HAProxy said there."),
      verdict: verdictSchema.describe("Its own, as if it were the only one."),
      phase: phaseSchema.nullable(),
      reason: reasonSchema.nullable(),
      sentence: z.string(),
      uncounted: z.enum(UNCOUNTED_WHYS).nullable().describe("Why what it says does not count; null where it does."),
      heardAt: timestampSchema.describe("When it was heard last."),
    })
    .meta({ id: "VantageSide", description: "What one vantage found, and says of the server by itself." }),
);

/** Misrouted traffic of a server. */
export const misroutedSchema = exactSchema<Misrouted>()(
  z
    .object({
      sessions: countSchema.describe("New ones since the first failed probe."),
      held: countSchema.describe("Those that are open now."),
      unit: z.enum(["sessions", "requests"]),
      share: z
        .number()
        .min(0)
        .max(1)
        .nullable()
        .describe("Part of the backend's new sessions; null where it had none."),
      healthyLeft: countSchema.describe("Servers of the backend that are usable and pass."),
    })
    .meta({ id: "Misrouted", description: "Traffic that HAProxy sent to the server since its first failed probe." }),
);

/** The command that puts a false-down server back into service. */
export const restoreCommandSchema = exactSchema<RestoreCommand>()(
  z
    .object({
      command: z.string().describe("Of HAProxy's Runtime API; needs level admin."),
      note: z.string().describe("What holds afterwards; empty where HAProxy goes on as before."),
      undo: z.string().nullable().describe("Has HAProxy check it again; null where its check goes on."),
    })
    .meta({ id: "RestoreCommand", description: "The command that puts a false-down server back into service." }),
);

/** One server, the same object everywhere. */
export const serverStatusSchema = exactSchema<ServerStatus>()(
  z
    .object({
      key: z.string().describe("`instance/backend/server`, unique."),
      instance: z.string(),
      site: z.string(),
      backend: z.string().describe("May hold a `/`."),
      server: z.string(),
      mode: z.string().describe("`tcp`, `http`, or empty."),
      address: z.string().nullable().describe("Where traffic goes: `10.0.0.11:6443`, `unix`, or null."),
      verdict: verdictSchema,
      phase: phaseSchema.nullable().describe("Null where there is no mismatch."),
      reason: reasonSchema.nullable().describe("Null where both agree that it is up."),
      probeReason: reasonSchema.nullable().describe("The probe's own reason, where `reason` says more."),
      sentence: z.string().describe("Verdict and evidence in words."),
      advice: z.string().describe("What to do; empty where there is nothing to do."),
      restore: restoreCommandSchema
        .nullable()
        .describe("What takes a confirmed false-down in now; null where no command is safe."),
      cure: z
        .array(z.string())
        .describe("Lines for haproxy.cfg that let HAProxy's check detect this failure; empty where none are known."),
      since: timestampSchema.describe("Start of this verdict."),
      tone: toneSchema,
      subject: z
        .string()
        .nullable()
        .describe(
          "What the mismatch is about: network and address for a false-up, the key for a false-down. Servers with the same verdict and subject have the same fault. Null without a mismatch.",
        ),
      expected: z.string().nullable().describe("The configured `why` where this mismatch is expected."),
      haproxy: haproxySideSchema,
      probe: probeSideSchema,
      probes: z
        .array(vantageSideSchema)
        .describe("What each vantage says, on a hub; empty where one haprobe alone judges."),
      quality: qualitySchema.nullable().describe("Null: not known yet."),
      misrouted: misroutedSchema,
    })
    .meta({ id: "Server", description: "One server, the same object in REST, in the streams and in `check --json`." }),
);
