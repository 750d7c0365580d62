import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { field } from "./field.ts";
import { INSTANCE_NAME } from "./instance-name.ts";
import { labels } from "./labels.ts";
import { mapFrom, mapTo } from "./network.ts";
import { duration, text } from "./scalars.ts";
import { statsAddress } from "./stats-address.ts";

const pollEvery = duration(BOUNDS.everyMinMs, BOUNDS.everyMaxMs);
const word = text("1 to 63 letters, digits, dots, - or _, a letter or digit first", /^[a-z0-9][a-z0-9._-]{0,62}$/i);
const instanceName = text("1 to 63 lower-case letters, digits, dots or -, a letter or digit first", INSTANCE_NAME);
/** `haproxy-defaults:` what instances share. */
export const haproxyDefaultsSchema = z
  .strictObject({
    every: field(pollEvery, "How often each instance is asked.").optional(),
    site: field(word, "Where the instances stand; rules and metrics know it.").optional(),
    network: field(word, "The address space of their servers.").optional(),
    labels: field(labels, "Labels of every instance; its own win.").optional(),
  })
  .meta({ description: "What all entries of haproxy share." });

const mappingSchema = z.strictObject({
  from: field(mapFrom, "HAProxy's address of a server: an address, address:port, network or instance/backend/server."),
  to: field(mapTo, "Where that server is from here. Without a port HAProxy's stays; a network keeps the host's bits."),
});

/** One entry of `haproxy:`. */
export const instanceSchema = z
  .strictObject({
    name: field(instanceName, "Name of the instance in lists, metrics and links; unique."),
    stats: field(statsAddress, "Where its stats socket answers."),
    every: field(pollEvery, "How often it is asked.").optional(),
    site: field(word, "Where it stands; rules and metrics know it.").optional(),
    network: field(
      word,
      "The address space of its servers: the same address in two networks is two machines.",
    ).optional(),
    labels: field(labels, "Labels for rules to match as label.NAME.").optional(),
    "address-map": z
      .array(mappingSchema)
      .meta({
        description: "Where its servers are from here, if not where HAProxy sees them; the first that fits wins.",
      })
      .optional(),
  })
  .meta({ description: "One HAProxy that is polled." });

export type InstanceInput = z.output<typeof instanceSchema>;
export type HaproxyDefaultsInput = z.output<typeof haproxyDefaultsSchema>;
