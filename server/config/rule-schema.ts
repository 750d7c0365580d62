import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import type { RuleSettings } from "../contract/settings.ts";
import type { ProbeRule } from "../contract/target.ts";
import { formatDuration } from "./duration.ts";
import { mapping } from "./mapping.ts";
import { allow } from "./network.ts";
import { PROBE_TYPES, probeKeys } from "./probe-schema.ts";
import { ruleMatch } from "./rule-match.ts";
import { choice, duration, flag, integer, text } from "./scalars.ts";

const count = integer(1, BOUNDS.countMax);
const grace = duration(0, BOUNDS.graceMaxMs);
const graceOrAuto = z.union([z.literal("auto"), duration(0, BOUNDS.graceMaxMs, "auto or ")]);

const entry = mapping({
  match: ruleMatch.describe("Which servers the rule is for; all if absent.").prefault({}),
  skip: flag().describe("Do not probe these servers.").prefault(false),
  ...probeKeys,
  allow: allow.describe("Where this rule's credentials may go.").prefault([]),
  everyMs: duration(BOUNDS.everyMinMs, BOUNDS.everyMaxMs)
    .describe("How often to probe; 1s on port 6443, else 2s, if absent.")
    .optional(),
  fastEveryMs: duration(BOUNDS.fastEveryMinMs, BOUNDS.everyMaxMs)
    .describe("How often to probe while the verdict is pending.")
    .prefault(formatDuration(BOUNDS.probeFastEveryMs)),
  timeoutMs: duration(BOUNDS.timeoutMinMs, BOUNDS.timeoutMaxMs)
    .describe("How long one probe may take.")
    .prefault(formatDuration(BOUNDS.probeTimeoutMs)),
  rise: count.describe("Passed probes in a row that end a mismatch.").prefault(BOUNDS.rise),
  fall: count.describe("Failed probes in a row that confirm a mismatch.").prefault(BOUNDS.fall),
  graceMs: graceOrAuto.describe("How long HAProxy's own check has to notice a failure.").prefault("auto"),
  startGraceMs: grace.describe("How long a server may start.").prefault(formatDuration(BOUNDS.startGraceMs)),
  drainGraceMs: grace.describe("How long a server may shut down.").prefault(formatDuration(BOUNDS.drainGraceMs)),
  connection: choice(["auto", "fresh", "reuse"])
    .describe("A new connection for each probe, or a kept one.")
    .prefault("auto"),
  sameQuestion: flag()
    .describe("HAProxy's check sends the same request, so its DOWN beside a passed probe counts.")
    .prefault(false),
  expected: mapping({
    verdict: choice(["false-up", "false-down"]).describe("The mismatch that is known."),
    why: text("a sentence of 1 to 500 characters", /^[\s\S]{1,500}$/).describe("Shown beside it."),
  })
    .nullable()
    .describe("A mismatch that is known: shown, never alerted.")
    .optional(),
});

/** One entry of `probes:`. */
export const ruleSchema = z
  .codec(entry, z.custom<RuleSettings>(), {
    decode: (keys) => {
      const type = PROBE_TYPES.find((each) => keys[each] !== null);
      const probe = type === undefined ? null : toProbe(type, { ...keys[type] });
      return { ...withoutProbeKeys(keys), probe };
    },
    encode: ({ probe, ...rule }) =>
      ({ ...NO_PROBE_KEYS, ...rule, ...(probe === null ? {} : { [probe.type]: probe }) }) as Entry,
  })
  .describe("How some servers are probed; the first entry that matches a server counts.");

type Entry = z.output<typeof entry>;

/** The name of a preset is dropped, since its keys are filled in before. */
function toProbe(type: ProbeRule["type"], keys: Readonly<Record<string, unknown>>): ProbeRule {
  const { preset: _, ...rest } = keys;
  return { type, ...rest } as unknown as ProbeRule;
}

const NO_PROBE_KEYS = Object.fromEntries(PROBE_TYPES.map((type) => [type, null])) as Pick<Entry, ProbeRule["type"]>;

function withoutProbeKeys(keys: Entry): Omit<Entry, ProbeRule["type"]> {
  const rest: Record<string, unknown> = { ...keys };
  for (const type of PROBE_TYPES) delete rest[type];
  return rest as unknown as Entry;
}
