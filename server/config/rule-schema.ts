import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { formatDuration } from "./duration.ts";
import { field } from "./field.ts";
import { allow } from "./network.ts";
import { grpcSchema, httpSchema, tcpSchema } from "./probe-schema.ts";
import { ruleMatch } from "./rule-match.ts";
import { choice, duration, flag, integer, orWord, text } from "./scalars.ts";

const count = integer(1, BOUNDS.countMax);
const graceDuration = duration(0, BOUNDS.graceMaxMs);
const every = duration(BOUNDS.everyMinMs, BOUNDS.everyMaxMs);
const fastEvery = duration(BOUNDS.fastEveryMinMs, BOUNDS.everyMaxMs);
const timeout = duration(BOUNDS.timeoutMinMs, BOUNDS.timeoutMaxMs);

const KNOWN_MISMATCH = "A mismatch that is known: shown, never alerted.";
const expectedSchema = z
  .strictObject({
    verdict: field(choice(["false-up", "false-down"]), "The mismatch that is known."),
    why: field(text("a sentence of 1 to 500 characters", /^[\s\S]{1,500}$/), "Shown beside it."),
  })
  .meta({ description: KNOWN_MISMATCH });

/** One entry of `probes:`. */
export const ruleSchema = z
  .strictObject({
    match: field(ruleMatch, "Which servers the rule is for; all if absent.").prefault({}),
    skip: field(flag, "Do not probe these servers.").prefault(false),
    http: httpSchema.optional(),
    tcp: tcpSchema.optional(),
    grpc: grpcSchema.optional(),
    allow: field(allow, "Where this rule's credentials may go.").prefault([]),
    every: field(every, "How often to probe; 1s on port 6443, else 2s, if absent.").optional(),
    "fast-every": field(fastEvery, "How often while undecided.").prefault(formatDuration(BOUNDS.probeFastEveryMs)),
    timeout: field(timeout, "How long one probe may take.").prefault(formatDuration(BOUNDS.probeTimeoutMs)),
    rise: field(count, "Good probes in a row that heal.").prefault(BOUNDS.rise),
    fall: field(count, "Failed probes in a row that confirm.").prefault(BOUNDS.fall),
    grace: field(orWord(graceDuration, "auto"), "What HAProxy's own check is given to notice.").prefault("auto"),
    "start-grace": field(graceDuration, "How long a server may start.").prefault(formatDuration(BOUNDS.startGraceMs)),
    "drain-grace": field(graceDuration, "How long a server may shut down.").prefault(
      formatDuration(BOUNDS.drainGraceMs),
    ),
    connection: field(choice(["auto", "fresh", "reuse"]), "A new connection for each probe, or one kept.").prefault(
      "auto",
    ),
    "same-question": field(flag, "HAProxy's check asks the same, so its DOWN against our pass counts.").prefault(false),
    expected: expectedSchema.nullable().meta({ description: KNOWN_MISMATCH }).prefault(null),
  })
  .meta({ description: "How some servers are probed; the first entry that matches a server counts." });

export type RuleInput = z.output<typeof ruleSchema>;
