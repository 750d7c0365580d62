import { z } from "zod";
import { REASONS } from "../../contract/reason.ts";
import { CHECK_DEPTHS, PHASES, CHECK_QUALITIES, TONES, VERDICTS } from "../../contract/verdict.ts";
import { CHECK_STATUSES } from "../../contract/view.ts";

/** The contract's words as components of their own, since a new word may come with any release. */
export const verdictSchema = z
  .enum(VERDICTS)
  .meta({ id: "Verdict", description: "What haprobe says when both were heard." });
export const phaseSchema = z.enum(PHASES).meta({ id: "Phase", description: "How sure a mismatch is." });
export const reasonSchema = z.enum(REASONS).meta({ id: "Reason", description: "Why; docs/concepts.md explains each." });
export const toneSchema = z.enum(TONES).meta({ id: "Tone", description: "How to show it." });
export const depthSchema = z.enum(CHECK_DEPTHS).meta({ id: "Depth", description: "How far HAProxy's check looks." });
export const qualitySchema = z
  .enum(CHECK_QUALITIES)
  .meta({ id: "Quality", description: "What HAProxy's check is worth." });
export const checkStatusSchema = z
  .enum(CHECK_STATUSES)
  .meta({ id: "CheckStatus", description: "Result of a check, in HAProxy's own words." });

/** What REST and the streams say of time: ISO 8601 in UTC. */
export const timestampSchema = z.iso.datetime();

/** Milliseconds, with a part of one. */
export const millisecondsSchema = z.number().nonnegative();

/** Count of something. */
export const countSchema = z.int().nonnegative();
