import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { DEFAULT_LISTEN } from "./defaults.ts";
import { field } from "./field.ts";
import { haproxyDefaultsSchema, haproxyEntrySchema } from "./instance-schema.ts";
import { listenAddress, publicUrl } from "./listen-address.ts";
import { ruleSchema } from "./rule-schema.ts";
import { choice } from "./scalars.ts";

/** What the command line may say too, read in the same way. */
export const logLevel = choice(["debug", "info", "warn", "error"] as const);
export const logFormat = choice(["json", "text"] as const);

/** What the main file and its pieces in `conf.d` may hold. */
export const sharedKeys = {
  haproxy: z
    .array(haproxyEntrySchema)
    .max(BOUNDS.instancesMax)
    .meta({ description: "The HAProxies to poll." })
    .prefault([]),
  probes: z.array(ruleSchema).meta({ description: "How servers are probed; the first match counts." }).prefault([]),
};

/** The main file. */
export const configSchema = z
  .strictObject({
    listen: field(listenAddress, "Where haprobe listens.").prefault(DEFAULT_LISTEN),
    "public-url": field(
      publicUrl,
      "The address under which people reach it: for links and the check of Host.",
    ).optional(),
    "haproxy-defaults": haproxyDefaultsSchema.prefault({}),
    ...sharedKeys,
    metrics: z
      .strictObject({
        "per-server": field(
          choice(["all", "mismatches", "none"] as const),
          "Servers with series of their own.",
        ).prefault("all"),
      })
      .meta({ description: "What /metrics shows." })
      .prefault({}),
    "log-level": field(logLevel, "Least weight of a log line.").prefault("info"),
    "log-format": field(logFormat, "json, one object a line, or text for people.").prefault("json"),
  })
  .meta({ title: "haprobe configuration" });

/** A file that is right, with the defaults filled in, not yet joined with the command line. */
export type ConfigInput = z.output<typeof configSchema>;

/** The JSON Schema of the file as it is written, for editors and for the docs. */
export function settingsJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(configSchema, { io: "input" });
}
