import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { dnsName } from "./dns-name.ts";
import { field, isMapping } from "./field.ts";
import { INSTANCE_NAME } from "./instance-name.ts";
import { labels } from "./labels.ts";
import { mapFrom, mapTo } from "./network.ts";
import { fileName, requestPath, serverName } from "./request.ts";
import { choice, duration, flag, integer, text } from "./scalars.ts";
import { statsAddress } from "./stats-address.ts";
import { statsHeaders } from "./stats-headers.ts";

const pollEvery = duration(BOUNDS.everyMinMs, BOUNDS.everyMaxMs);
const identifier = text(
  "1 to 63 letters, digits, dots, - or _, a letter or digit first",
  /^[a-z0-9][a-z0-9._-]{0,62}$/i,
);
const instanceName = text("1 to 63 lower-case letters, digits, dots or -, a letter or digit first", INSTANCE_NAME);
const userName = text("a user of `stats auth`, without a colon", /^[^:\0-\x1f\x7f]{1,255}$/);

/** How to come in where TLS or a password stands before the stats. */
const statsAccessKeys = {
  username: field(userName, "User of a stats page.").optional(),
  "password-file": field(fileName, "Holds the password of that user.").optional(),
  headers: field(statsHeaders, "Further headers for a stats page.").optional(),
  "ca-file": field(fileName, "Certificates to verify HAProxy with; those of the system if absent.").optional(),
  "server-name": field(serverName, "SNI and the name to verify, if not the host of the address.").optional(),
  "client-cert-file": field(fileName, "Certificate to show to HAProxy.").optional(),
  "client-key-file": field(fileName, "Its key, if it is in another file.").optional(),
  "insecure-skip-verify": field(flag, "Takes any certificate.").optional(),
};

/** What says where an instance belongs and how it is polled. */
const commonKeys = {
  every: field(pollEvery, "How often it is asked.").optional(),
  site: field(identifier, "Where it stands; rules and metrics know it.").optional(),
  network: field(
    identifier,
    "The address space of its servers: the same address in two networks is two machines.",
  ).optional(),
  labels: field(labels, "Labels for rules to match as label.NAME.").optional(),
};

/** `haproxy-defaults:` what instances share. */
export const haproxyDefaultsSchema = z
  .strictObject({
    every: field(pollEvery, "How often each instance is asked.").optional(),
    site: field(identifier, "Where the instances stand; rules and metrics know it.").optional(),
    network: field(identifier, "The address space of their servers.").optional(),
    labels: field(labels, "Labels of every instance; its own win.").optional(),
    ...statsAccessKeys,
  })
  .meta({ description: "What all entries of haproxy share." });

const mappingSchema = z.strictObject({
  from: field(mapFrom, "HAProxy's address of a server: an address, address:port, network or instance/backend/server."),
  to: field(mapTo, "Where that server is from here. Without a port HAProxy's stays; a network keeps the host's bits."),
});

const entryKeys = {
  ...commonKeys,
  ...statsAccessKeys,
  "address-map": z
    .array(mappingSchema)
    .meta({
      description: "Where its servers are from here, if not where HAProxy sees them; the first that fits wins.",
    })
    .optional(),
};

/** One HAProxy. */
export const instanceSchema = z
  .strictObject({
    name: field(instanceName, "Name of the instance in lists, metrics and links; unique."),
    stats: field(statsAddress, "Where its stats answer: a stats socket, the master's socket or the stats page."),
    ...entryKeys,
  })
  .meta({ description: "One HAProxy that is polled." });

/** Further entries, in files of their own. */
const fileSchema = z
  .strictObject({
    file: field(fileName, "A file with further entries, or a pattern such as instances/*.yaml."),
  })
  .meta({ description: "Further entries in files of their own." });

/** As many HAProxies as a name in DNS has addresses. */
const discoverySchema = z
  .strictObject({
    name: field(instanceName, "Beginning of the instances' names; the DNS name if absent.").optional(),
    discover: z
      .strictObject({
        dns: field(dnsName, "The name: _service._proto.name is asked for SRV records, any other for addresses."),
        port: field(integer(1, 65_535), "Port of the stats, if no SRV record says it.").optional(),
        scheme: field(choice(["tcp", "tls", "tcp-master", "http", "https"]), "What answers there.").prefault("tcp"),
        path: field(requestPath, "Path of the stats page, for http and https.").optional(),
      })
      .meta({ description: "A name in DNS: one instance for each address that it has, looked up again and again." }),
    ...entryKeys,
  })
  .meta({ description: "HAProxies that are found by a name in DNS." });

export type InstanceInput = z.output<typeof instanceSchema>;
export type DiscoveryInput = z.output<typeof discoverySchema>;
export type HaproxyDefaultsInput = z.output<typeof haproxyDefaultsSchema>;

/** One entry of `haproxy:`, by what it holds. */
export type HaproxyEntry =
  | { readonly kind: "instance"; readonly input: InstanceInput }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "discovery"; readonly input: DiscoveryInput };

/** An entry of `haproxy:` is one of three; which one is told by its key, so that only that one's complaints are made. */
export const haproxyEntrySchema = z
  .unknown()
  .transform((value, context): HaproxyEntry => {
    const complain = (error: z.ZodError): never => {
      for (const issue of error.issues) context.addIssue({ ...issue });
      return z.NEVER;
    };
    if (isMapping(value) && "file" in value) {
      const parsed = fileSchema.safeParse(value);
      return parsed.success ? { kind: "file", file: parsed.data.file } : complain(parsed.error);
    }
    if (isMapping(value) && "discover" in value) {
      const parsed = discoverySchema.safeParse(value);
      return parsed.success ? { kind: "discovery", input: parsed.data } : complain(parsed.error);
    }
    const parsed = instanceSchema.safeParse(value);
    return parsed.success ? { kind: "instance", input: parsed.data } : complain(parsed.error);
  })
  .meta({ anyOf: [instanceSchema, fileSchema, discoverySchema].map(editorForm) });

function editorForm(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...form } = z.toJSONSchema(schema, { io: "input" });
  return form;
}
