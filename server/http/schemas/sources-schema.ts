import { z } from "zod";
import { BOUNDS } from "../../bounds.ts";
import type { ServerSources } from "../../contract/server-sources.ts";
import { CONTRACT_VERSION } from "../../contract/status.ts";
import { timestampSchema } from "./scalars.ts";
import { exactSchema } from "./exact-schema.ts";

const patterns = z.array(z.string()).exactOptional();

/** Body of `/api/v1/servers/{instance}/{backend}/{server}/sources`. */
export const serverSourcesSchema = exactSchema<ServerSources>()(
  z
    .object({
      version: z.literal(CONTRACT_VERSION),
      key: z.string(),
      row: z
        .array(z.object({ name: z.string(), value: z.string() }))
        .max(BOUNDS.evidenceColumnsMax)
        .describe("HAProxy's newest row of the server, the fields with a value; untrusted."),
      rule: z
        .object({
          place: z.int().min(1).describe("Place in `probes:`."),
          match: z.object({
            instance: patterns,
            site: patterns,
            backend: patterns,
            server: patterns,
            address: patterns,
            port: patterns,
            mode: patterns,
            labels: z.record(z.string(), z.array(z.string())).exactOptional(),
          }),
        })
        .nullable()
        .describe("The rule that the server is probed by; null where none matches."),
      curl: z
        .string()
        .nullable()
        .describe(
          "Shell command that sends the probe by hand, with a place for its credentials; null where there is none.",
        ),
      response: z
        .object({ at: timestampSchema, headers: z.array(z.object({ name: z.string(), value: z.string() })) })
        .nullable()
        .describe(
          "The headers of the newest HTTP response to haprobe's probes, without secrets; null before one. Untrusted.",
        ),
    })
    .meta({ id: "ServerSources", description: "What a server's object is made from." }),
);
