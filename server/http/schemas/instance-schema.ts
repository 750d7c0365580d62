import { z } from "zod";
import type { InstanceStatus } from "../../contract/status.ts";
import { exactSchema } from "./exact-schema.ts";
import { countSchema, timestampSchema, millisecondsSchema } from "./scalars.ts";

/** One polled HAProxy. */
export const instanceStatusSchema = exactSchema<InstanceStatus>()(
  z
    .object({
      name: z.string(),
      site: z.string(),
      stats: z.string().describe("The stats address without secrets."),
      state: z.enum(["pending", "ok", "stale", "failing"]).describe("`pending` until the first poll ended."),
      version: z.string().nullable(),
      pid: z.int().nullable(),
      startedAt: timestampSchema.nullable(),
      servers: countSchema,
      lastPollAt: timestampSchema.nullable().describe("Time of the last good poll."),
      pollDurationMs: millisecondsSchema.nullable(),
      everyMs: millisecondsSchema.describe("How often it is polled."),
      error: z
        .object({
          code: z.string().describe("One of docs/errors.md."),
          message: z.string(),
          remedy: z.string().describe("How to fix it."),
          at: timestampSchema,
        })
        .nullable()
        .describe("The last failure; null after a good poll."),
      reportedBy: z.string().exactOptional().describe("On a hub, the vantage that polls it."),
    })
    .meta({ id: "Instance", description: "One polled HAProxy." }),
);
