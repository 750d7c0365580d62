import { z } from "zod";
import { REASONS } from "../../contract/reason.ts";
import { CHECK_DEPTHS, PHASES, CHECK_QUALITIES, TONES, VERDICTS } from "../../contract/verdict.ts";
import { CHECK_STATUSES } from "../../contract/view.ts";

/** The contract's words as components of their own, since a new word may come with any release. */
export const verdict = z.enum(VERDICTS).meta({ id: "Verdict", description: "What haprobe says when both were heard." });
export const phase = z.enum(PHASES).meta({ id: "Phase", description: "How sure a mismatch is." });
export const reason = z.enum(REASONS).meta({ id: "Reason", description: "Why; docs/concepts.md explains each." });
export const tone = z.enum(TONES).meta({ id: "Tone", description: "How to show it." });
export const depth = z.enum(CHECK_DEPTHS).meta({ id: "Depth", description: "How far HAProxy's check looks." });
export const quality = z.enum(CHECK_QUALITIES).meta({ id: "Quality", description: "What HAProxy's check is worth." });
export const checkStatus = z
  .enum(CHECK_STATUSES)
  .meta({ id: "CheckStatus", description: "Result of a check, in HAProxy's own words." });

/** What REST and the streams say of time: ISO 8601 in UTC. */
export const instant = z.iso.datetime();

/** Milliseconds, with a part of one. */
export const milliseconds = z.number().nonnegative();

/** Count of something. */
export const count = z.int().nonnegative();
