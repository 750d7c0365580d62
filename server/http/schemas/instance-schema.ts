import { z } from "zod";
import type { InstanceStatus } from "../../contract/status.ts";
import { exactly } from "./exactly.ts";
import { count, instant, milliseconds } from "./words.ts";

/** One polled HAProxy. */
export const instanceStatus = exactly<InstanceStatus>()(
  z
    .object({
      name: z.string(),
      site: z.string(),
      stats: z.string().describe("Where it is polled, without secrets."),
      state: z.enum(["pending", "ok", "stale", "failing"]).describe("`pending` until the first poll ended."),
      version: z.string().nullable(),
      pid: z.int().nullable(),
      startedAt: instant.nullable(),
      servers: count,
      lastPollAt: instant.nullable().describe("Time of the last good poll."),
      pollDurationMs: milliseconds.nullable(),
      everyMs: milliseconds.describe("How often it is polled."),
      error: z
        .object({ code: z.string().describe("One of docs/errors.md."), message: z.string(), at: instant })
        .nullable()
        .describe("The last failure; null after a good poll."),
    })
    .meta({ id: "Instance", description: "One polled HAProxy." }),
);
