import type { RuleMatch } from "../contract/settings.ts";
import { addressGlobs, globs } from "./globs.ts";
import { matchCodec } from "./match-codec.ts";

/** `match:` of a rule: patterns by what they are compared with. */
export const ruleMatch = matchCodec<RuleMatch>({
  instance: globs.describe("Name of the instance."),
  site: globs.describe("Site of the instance."),
  backend: globs.describe("Name of the backend or listen section."),
  server: globs.describe("Name of the server."),
  address: addressGlobs.describe(
    "HAProxy's address of the server, or a network, before the address-map; unix for a socket.",
  ),
  port: globs.describe("HAProxy's port of the server."),
  mode: globs.describe("Mode of the backend: http or tcp."),
});
