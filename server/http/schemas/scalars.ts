import { z } from "zod";
import { REASONS } from "../../contract/reason.ts";
import { CHECK_DEPTHS, PHASES, CHECK_QUALITIES, TONES, VERDICTS } from "../../contract/verdict.ts";
import { CHECK_STATUSES } from "../../contract/view.ts";

/** The contract's enums as named components, since any release may add a value. */
export const verdictSchema = z
  .enum(VERDICTS)
  .meta({ id: "Verdict", description: "haprobe's verdict on HAProxy's status and its own probe." });
export const phaseSchema = z.enum(PHASES).meta({ id: "Phase", description: "How certain a mismatch is." });
export const reasonSchema = z
  .enum(REASONS)
  .meta({ id: "Reason", description: "Reason of the verdict; docs/concepts.md explains each." });
export const toneSchema = z.enum(TONES).meta({ id: "Tone", description: "How to show it." });
export const depthSchema = z.enum(CHECK_DEPTHS).meta({ id: "Depth", description: "How far HAProxy's check looks." });
export const qualitySchema = z
  .enum(CHECK_QUALITIES)
  .meta({ id: "Quality", description: "Quality of HAProxy's check." });
export const checkStatusSchema = z
  .enum(CHECK_STATUSES)
  .meta({ id: "CheckStatus", description: "Result of a check, in HAProxy's own words." });

/** A time in REST and the streams: ISO 8601 in UTC. */
export const timestampSchema = z.iso.datetime();

/** Milliseconds with a fraction. */
export const millisecondsSchema = z.number().nonnegative();

/** A count. */
export const countSchema = z.int().nonnegative();
