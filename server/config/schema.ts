import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { alertsKey } from "./alert-schema.ts";
import { authKey } from "./auth-schema.ts";
import { DEFAULT_LISTEN } from "./defaults.ts";
import { editorSchema } from "./editor-schema.ts";
import { haproxyDefaultsSchema, haproxyEntrySchema } from "./instance-schema.ts";
import { listenAddress, publicUrl, socketMode } from "./listen-address.ts";
import { mapping } from "./mapping.ts";
import { trustedProxies } from "./network.ts";
import { ruleSchema } from "./rule-schema.ts";
import { fileName } from "./request.ts";
import { choice, flag, text } from "./scalars.ts";
import { storeKeys } from "./store-schema.ts";

/** Also options of the command line. */
export const logLevel = choice(["debug", "info", "warn", "error"]);
export const logFormat = choice(["json", "text"]);

/** What the main file and the files of `conf.d` may hold. */
export const sharedKeys = {
  haproxy: z.array(haproxyEntrySchema).max(BOUNDS.instancesMax).describe("The HAProxies to poll.").prefault([]),
  probes: z.array(ruleSchema).describe("How servers are probed; the first match counts.").prefault([]),
};

/** What the files of `conf.d` may use besides the files of their own folder. */
const dropInGrants = mapping({
  variables: z
    .array(text("the name of a variable, such as RACK", /^[A-Za-z_]\w*$/))
    .describe("Environment variables that files of conf.d may use.")
    .prefault([]),
  folders: z.array(fileName).describe("Folders whose files the files of conf.d may name.").prefault([]),
}).describe("What files of conf.d may use besides the files of their folder.");

/** The certificate of the listener. */
const listenerTls = mapping({
  certFile: fileName.describe("The certificate, with its chain behind it."),
  keyFile: fileName.describe("Its key, without a passphrase."),
  clientCaFile: fileName.describe("Authorities: clients need a certificate of one of them.").optional(),
}).describe("Serves HTTPS with this certificate.");

/** The keys of the main file besides its lists and what they share. */
const ownKeys = {
  listen: listenAddress.describe("Where haprobe listens.").prefault(DEFAULT_LISTEN),
  listenMode: socketMode.describe("Permissions of a UNIX socket, in octal.").prefault(660),
  listenInsecurely: flag()
    .describe("Serves a listener that other machines reach without tls and auth, for reading only.")
    .prefault(false),
  tls: listenerTls.optional(),
  trustedProxies: trustedProxies.describe("Proxies in front: what they say of a client counts.").prefault([]),
  publicUrl: publicUrl
    .describe("The address of the dashboard in a browser: for links and the check of Host.")
    .optional(),
  allowedHosts: z
    .array(text("a host name without a port, such as haprobe.internal", /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/))
    .max(BOUNDS.allowedHostsMax)
    .describe("Further names under which haprobe is reached: for the checks of Host and Origin.")
    .prefault([]),
  metrics: mapping({
    perServer: choice(["all", "mismatches", "none"])
      .describe("Which servers have series of their own.")
      .prefault("all"),
  })
    .describe("What /metrics shows.")
    .prefault({}),
  ...storeKeys,
  auth: authKey,
  logLevel: logLevel.describe("Lowest level that is logged.").prefault("info"),
  logFormat: logFormat.describe("json, one object per line, or text.").prefault("json"),
};

/** The main file. */
export const configSchema = mapping({
  ...ownKeys,
  haproxyDefaults: haproxyDefaultsSchema.prefault({}),
  confD: dropInGrants.prefault({}),
  ...sharedKeys,
  alerts: alertsKey.prefault({}),
}).meta({ title: "haprobe configuration" });

/** What `config print` writes beside the lists. */
export const ownSettingsSchema = mapping(ownKeys);

/** A valid file with its defaults filled in, not yet joined with the command line. */
export type ConfigInput = z.output<typeof configSchema>;

/** The JSON Schema of the file as it is written, for editors and for the docs. */
export function settingsJsonSchema(): Readonly<Record<string, unknown>> {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...editorSchema(configSchema) };
}
