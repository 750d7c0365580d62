import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { isMapping } from "./document.ts";
import { editorSchema } from "./editor-schema.ts";
import { identifier } from "./identifier.ts";
import { INSTANCE_NAME } from "./instance-name.ts";
import { mapping } from "./mapping.ts";
import { addressMapping } from "./network.ts";
import { dnsName, fileName, requestPath, serverName } from "./request.ts";
import { choice, duration, flag, integer, oneOrMore, text } from "./scalars.ts";
import { statsAddress } from "./stats-address.ts";
import { statsHeaders } from "./stats-headers.ts";

const pollEvery = duration(BOUNDS.everyMinMs, BOUNDS.everyMaxMs);
const instanceName = text("1 to 63 lower-case letters, digits, dots or -, a letter or digit first", INSTANCE_NAME);

/** Labels of an instance, which `label.X` of a rule is compared with. */
const labels = z.record(
  z.string().refine((name) => /^[a-z][a-z0-9_-]{0,62}$/i.test(name), {
    error: "expected letters, digits, - and _, a letter first, at most 63",
    params: { wrong: "is no name of a label" },
  }),
  text("a text of at most 256 characters", /^[\s\S]{0,256}$/),
);

/** How to log in and to verify the server, for stats behind TLS or a password. */
const statsAccessKeys = {
  username: text("a user of `stats auth`, without a colon", /^[^:\u0000-\u001f\u007f]{1,255}$/)
    .describe("User of a stats page.")
    .optional(),
  passwordFile: fileName.describe("Holds the password of that user.").optional(),
  headers: statsHeaders.describe("Further headers for a stats page.").optional(),
  caFile: fileName.describe("Certificates to verify HAProxy with; those of the system if absent.").optional(),
  serverName: serverName.describe("SNI and the name to verify, if not the host of the address.").optional(),
  clientCertFile: fileName.describe("Client certificate for HAProxy.").optional(),
  clientKeyFile: fileName.describe("Its key, if it is in another file.").optional(),
  insecureSkipVerify: flag().describe("Accepts any certificate.").optional(),
};

/** `haproxy-defaults:` what instances share. */
export const haproxyDefaultsSchema = mapping({
  everyMs: pollEvery.describe("How often each instance is polled.").optional(),
  site: identifier.describe("Site of the instances, for rules and metrics.").optional(),
  network: identifier.describe("The address space of their servers.").optional(),
  labels: labels.describe("Labels of every instance; those of the instance win.").optional(),
  ...statsAccessKeys,
}).describe("What all entries of haproxy share.");

const entryKeys = {
  everyMs: pollEvery.describe("How often it is polled.").optional(),
  site: identifier.describe("Its site, for rules and metrics.").optional(),
  network: identifier
    .describe("The address space of its servers: the same address in two networks is two machines.")
    .optional(),
  labels: labels.describe("Labels for rules to match as label.NAME.").optional(),
  ...statsAccessKeys,
  addressMap: z
    .array(addressMapping)
    .describe("The addresses of its servers from here, where they differ from HAProxy's; the first match wins.")
    .optional(),
};

/** One HAProxy. */
export const instanceSchema = mapping({
  name: instanceName.describe("Name of the instance in lists, metrics and links; unique."),
  stats: statsAddress.describe("The address of its stats: a stats socket, the master's socket or the stats page."),
  cfg: oneOrMore(fileName, "expected the name of a file, or a list of names")
    .describe("Its haproxy.cfg, in the order in which HAProxy reads the files: advice is then about its own lines.")
    .optional(),
  ...entryKeys,
}).describe("One HAProxy that is polled.");

/** Further entries, in files of their own. */
const fileSchema = mapping({
  file: fileName.describe("A file with further entries, or a pattern such as instances/*.yaml."),
}).describe("Further entries in files of their own.");

/** One HAProxy for each address of a name in DNS. */
export const discoverySchema = mapping({
  name: instanceName.describe("Beginning of the instances' names; the DNS name if absent.").optional(),
  discover: mapping({
    dns: dnsName.describe("The name: SRV records of _service._proto.name, else addresses."),
    port: integer(1, 65_535).describe("Port of the stats, if no SRV record says it.").optional(),
    scheme: choice(["tcp", "tls", "tcp-master", "http", "https"]).describe("Protocol of the stats.").prefault("tcp"),
    path: requestPath.describe("Path of the stats page, for http and https.").optional(),
  }).describe("A name in DNS: one instance for each address that it has, looked up every 30 s."),
  ...entryKeys,
}).describe("HAProxies that are found by a name in DNS.");

export type InstanceInput = z.output<typeof instanceSchema>;
export type DiscoveryInput = z.output<typeof discoverySchema>;
export type HaproxyDefaultsInput = z.output<typeof haproxyDefaultsSchema>;

/** One entry of `haproxy:`, by its form. */
export type HaproxyEntry =
  | { readonly kind: "instance"; readonly input: InstanceInput }
  | { readonly kind: "file"; readonly input: { readonly file: string } }
  | { readonly kind: "discovery"; readonly input: DiscoveryInput };

/** An entry of `haproxy:`. The keys `file` and `discover` decide which form it has, so that only the errors of that form are reported. */
export const haproxyEntrySchema = z
  .unknown()
  .transform((value, context): HaproxyEntry => {
    const { kind, schema } = formOf(value);
    const parsed = schema.safeParse(value);
    if (parsed.success) return { kind, input: parsed.data } as HaproxyEntry;
    for (const issue of parsed.error.issues) context.addIssue({ ...issue });
    return z.NEVER;
  })
  .meta({ anyOf: [instanceSchema, fileSchema, discoverySchema].map(editorSchema) });

function formOf(value: unknown): { readonly kind: HaproxyEntry["kind"]; readonly schema: z.ZodType } {
  if (isMapping(value) && "file" in value) return { kind: "file", schema: fileSchema };
  if (isMapping(value) && "discover" in value) return { kind: "discovery", schema: discoverySchema };
  return { kind: "instance", schema: instanceSchema };
}
