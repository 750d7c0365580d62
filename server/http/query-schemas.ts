import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { NUMBERS_BY } from "../contract/history.ts";
import { FINDING_CODES } from "../contract/finding.ts";
import { LIST_FORMS } from "./list-body.ts";
import { decodePosition } from "./incident-page.ts";
import { decodeCursor } from "./page.ts";
import { verdictSchema } from "./schemas/scalars.ts";
import { pointsParameter, rangeParameters, timeParameter } from "./time-range-query.ts";

const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(BOUNDS.pageRowsMax)
  .optional()
  .meta({ description: "Length of a page.", param: { example: 100 } });

const next = z
  .string()
  .transform((text, context) => {
    const cursor = decodeCursor(text);
    if (cursor !== null) return cursor;
    context.addIssue("is not the `next` of a page");
    return z.NEVER;
  })
  .optional()
  .meta({ description: "The `next` of the previous page." });

/** A filter that matches any of its values. */
function anyOf<T extends z.ZodType>(value: T, description: string, example: string) {
  return z
    .array(value)
    .max(BOUNDS.filterValuesMax)
    .optional()
    .meta({ description, param: { example: [example] } });
}

const name = z.string().min(1);

/** Parameters of `/api/v1/servers`. */
export const serversQuery = z.strictObject({
  verdict: anyOf(verdictSchema, "Servers with this verdict.", "false-up"),
  site: anyOf(name, "Servers of this site.", "fra"),
  instance: anyOf(name, "Servers of this instance.", "lb-1"),
  backend: anyOf(name, "Servers of this backend.", "k8s-api"),
  problems: z
    .enum(["0", "1"])
    .optional()
    .meta({ description: "`1`: servers with a mismatch, whatever its phase.", param: { example: "1" } }),
  at: timeParameter.optional().meta({ description: "The fleet as it stood at this time." }),
  limit,
  next,
  form: z.enum(LIST_FORMS).default("rows"),
});

/** Parameters of `/api/v1/server`. */
export const serverQuery = z.strictObject({
  key: name.meta({ description: "`INSTANCE/BACKEND/SERVER`.", param: { example: "lb-1/k8s-api/cp-2" } }),
});

/** Parameters of a server's history. */
export const historyQuery = z.strictObject({ ...rangeParameters, points: pointsParameter });

/** Parameters of `/api/v1/changes`. */
export const changesQuery = z.strictObject({
  at: timeParameter.optional().meta({
    description: "The moment between the two changes; absent: now.",
    param: { example: "2026-11-22T10:00:00Z" },
  }),
});

/** Parameters of `/api/v1/numbers`. */
export const numbersQuery = z.strictObject({
  ...rangeParameters,
  by: z
    .enum(NUMBERS_BY)
    .default("backend")
    .meta({ description: "What is summed up.", param: { example: "backend" } }),
  instance: anyOf(name, "Servers of this instance.", "lb-1"),
  backend: anyOf(name, "Servers of this backend.", "k8s-api"),
  format: z
    .enum(["json", "csv"])
    .optional()
    .meta({
      description: "Absent: as `Accept` says. CSV has all rows, whatever `limit` is.",
      param: { example: "csv" },
    }),
  limit,
  next,
});

/** Parameters of `/api/v1/findings`. */
export const findingsQuery = z.strictObject({
  code: anyOf(z.enum(FINDING_CODES), "Findings with this code.", "check-blind"),
  instance: anyOf(name, "Findings about this instance.", "lb-1"),
  limit,
  next,
});

const nextIncident = z
  .string()
  .transform((text, context) => {
    const position = decodePosition(text);
    if (position !== null) return position;
    context.addIssue("is not the `next` of a page");
    return z.NEVER;
  })
  .optional()
  .meta({ description: "The `next` of the previous page." });

/** Parameters of one incident. */
export const incidentQuery = z.strictObject({
  format: z
    .enum(["json", "markdown"])
    .optional()
    .meta({ description: "`markdown`: a file for a post-mortem.", param: { example: "markdown" } }),
});

/** Parameters of `/api/v1/incidents`. */
export const incidentsQuery = z.strictObject({
  open: z
    .enum(["true", "false"])
    .optional()
    .meta({ description: "`true`: those that have not ended.", param: { example: "true" } }),
  brief: z
    .enum(["true", "false"])
    .optional()
    .meta({
      description: "`true`: with neither the row, the answer and the commands of `evidence`, nor `changes`.",
      param: { example: "true" },
    }),
  until: timeParameter.optional().meta({
    description: "Incidents that were confirmed at this time or before.",
    param: { example: "2026-11-22T10:00:00Z" },
  }),
  limit,
  next: nextIncident,
});
