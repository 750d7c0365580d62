import { BOUNDS } from "../bounds.ts";
import type { RuleDefaults, StatsTls } from "../contract/settings.ts";
import type { HttpRule } from "../contract/target.ts";
import { ruleSchema } from "./rule-schema.ts";

/** Where haprobe listens by default: this machine only. */
export const DEFAULT_LISTEN = "127.0.0.1:8405";

/** TLS by default: the certificate is verified with the system's authorities, for the host of the address. */
export const DEFAULT_TLS: StatsTls = {
  serverName: null,
  caFile: null,
  clientCertFile: null,
  clientKeyFile: null,
  verify: true,
};

/** A request where the rule leaves everything open. */
export const DEFAULT_HTTP = ruleSchema.parse({ http: {} }).probe as HttpRule;

/** How a server without a rule is probed and judged. */
export const DEFAULT_RULE: RuleDefaults = {
  ...ruleSchema.parse({}),
  probe: DEFAULT_HTTP,
  everyMs: BOUNDS.probeEveryMs,
  graceMs: BOUNDS.graceMs,
  apiserver: { port: BOUNDS.apiserverPort, everyMs: BOUNDS.probeEveryApiserverMs },
};
