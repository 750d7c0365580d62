import { z } from "zod";
import type { RuleMatch } from "../contract/settings.ts";
import { editorSchema } from "./editor-schema.ts";
import { addressGlobs, globs } from "./globs.ts";

const keys = {
  instance: globs.describe("Name of the instance."),
  site: globs.describe("Site of the instance."),
  backend: globs.describe("Name of the backend or listen section."),
  server: globs.describe("Name of the server."),
  address: addressGlobs.describe(
    "HAProxy's address of the server, or a network, before the address-map; unix for a socket.",
  ),
  port: globs.describe("HAProxy's port of the server."),
  mode: globs.describe("Mode of the backend: http or tcp."),
};
const LABEL = /^label\.([a-z][a-z0-9_-]{0,62})$/i;
const label = globs.describe("Label of the instance.");

const matchMapping = z
  .object(keys)
  .partial()
  .catchall(label)
  .superRefine(refuseUnknownKeys, { when: ({ value }) => typeof value === "object" && value !== null });

/** `match:` of a rule: patterns by what they are compared with, and `label.NAME` for labels of the instance. */
export const ruleMatch = z
  .codec(matchMapping, z.custom<RuleMatch>(), {
    decode: (patterns) => {
      const labels = Object.entries(patterns).flatMap(([key, value]) => {
        const [, name] = LABEL.exec(key) ?? [];
        return name === undefined ? [] : [[name, value]];
      });
      const known = Object.entries(patterns).filter(([key]) => key in keys);
      return { ...Object.fromEntries(known), ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }) };
    },
    encode: ({ labels = {}, ...match }) => ({
      ...match,
      ...Object.fromEntries(Object.entries(labels).map(([name, patterns]) => [`label.${name}`, patterns])),
    }),
  })
  .meta({ patternProperties: { "^label\\.": editorSchema(label) }, additionalProperties: false });

function refuseUnknownKeys(patterns: Record<string, unknown>, context: z.RefinementCtx): void {
  const unknown = Object.keys(patterns).filter((key) => !Object.hasOwn(keys, key) && !LABEL.test(key));
  if (unknown.length > 0) context.addIssue({ code: "unrecognized_keys", keys: unknown, input: patterns });
}
