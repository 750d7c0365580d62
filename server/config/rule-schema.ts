import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { formatDuration } from "./duration.ts";
import { expectedBody, expectedStatus } from "./expectation.ts";
import { field } from "./field.ts";
import { allow } from "./network.ts";
import { fileName, headers, hostHeader, requestPath, serverName } from "./request.ts";
import { ruleMatch } from "./rule-match.ts";
import { choice, duration, flag, integer, orWord, text } from "./scalars.ts";

/** Methods that ask and do not change anything; POST for the few health services that want it. */
const METHODS = ["GET", "HEAD", "OPTIONS", "POST"] as const;
const count = integer(1, BOUNDS.countMax);
const patience = duration(0, BOUNDS.patienceMaxMs);
const every = duration(BOUNDS.everyMinMs, BOUNDS.everyMaxMs);
const fastEvery = duration(BOUNDS.fastEveryMinMs, BOUNDS.everyMaxMs);
const timeout = duration(BOUNDS.timeoutMinMs, BOUNDS.timeoutMaxMs);

const expectSchema = z
  .strictObject({
    status: field(expectedStatus, "Statuses that pass: 200, 2xx, 200-299, or a list.").prefault("200-299"),
    body: field(expectedBody, "What the body has to be; anything if absent.").optional(),
  })
  .meta({ description: "What a good answer is." });

const httpSchema = z
  .strictObject({
    scheme: field(choice(["http", "https"]), "http or https; guessed if absent.").optional(),
    path: field(requestPath, "What to ask for; guessed if absent.").optional(),
    port: field(integer(1, 65_535), "The port to ask, if not the traffic's.").optional(),
    host: field(hostHeader, "Host header.").optional(),
    "server-name": field(serverName, "SNI and the name to verify; Host header where host is absent.").optional(),
    "ca-file": field(fileName, "Certificates to verify the server with; those of the system if absent.").optional(),
    "insecure-skip-verify": field(flag, "Takes any certificate; an expired one is still reported.").prefault(false),
    "bearer-token-file": field(fileName, "A token to send, only where allow or ca-file permit.").optional(),
    method: field(choice(METHODS), "Method of the request.").prefault("GET"),
    headers: field(headers, "Further headers, without secrets.").prefault({}),
    expect: expectSchema.prefault({}),
  })
  .meta({ description: "The request, and what a good answer is." });

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
    allow: field(allow, "Where this rule's credentials may go.").prefault([]),
    every: field(every, "How often to probe; 1s on port 6443, else 2s, if absent.").optional(),
    "fast-every": field(fastEvery, "How often while undecided.").prefault(formatDuration(BOUNDS.probeFastEveryMs)),
    timeout: field(timeout, "How long one probe may take.").prefault(formatDuration(BOUNDS.probeTimeoutMs)),
    rise: field(count, "Good probes in a row that heal.").prefault(BOUNDS.rise),
    fall: field(count, "Failed probes in a row that confirm.").prefault(BOUNDS.fall),
    grace: field(orWord(patience, "auto"), "What HAProxy's own check is given to notice.").prefault(
      formatDuration(BOUNDS.graceMs),
    ),
    "start-grace": field(patience, "How long a server may start.").prefault(formatDuration(BOUNDS.startGraceMs)),
    "drain-grace": field(patience, "How long a server may shut down.").prefault(formatDuration(BOUNDS.drainGraceMs)),
    connection: field(choice(["auto", "fresh", "reuse"]), "A new connection for each probe, or one kept.").prefault(
      "auto",
    ),
    "same-question": field(flag, "HAProxy's check asks the same, so its DOWN against our pass counts.").prefault(false),
    expected: expectedSchema.nullable().meta({ description: KNOWN_MISMATCH }).prefault(null),
  })
  .meta({ description: "How some servers are probed; the first entry that matches a server counts." });

export type RuleInput = z.output<typeof ruleSchema>;
