import { z } from "zod";
import type { AlertMatch } from "../contract/alert-settings.ts";
import { editorSchema } from "./editor-schema.ts";
import { globs } from "./globs.ts";

const keys = {
  verdict: globs.describe("Verdict of an incident: false-up or false-down."),
  notice: globs.describe("Name of a notice, such as split."),
  reason: globs.describe("Reason of the verdict."),
  urgency: globs.describe("critical, warning or info."),
  instance: globs.describe("Name of the instance."),
  site: globs.describe("Site of the instance."),
  backend: globs.describe("Name of the backend or listen section."),
  server: globs.describe("Name of the server."),
  subject: globs.describe("Address of the server, or what a notice is about."),
};
const LABEL = /^label\.([a-z][a-z0-9_-]{0,62})$/i;
const label = globs.describe("Label of the instance.");

const matchMapping = z
  .object(keys)
  .partial()
  .catchall(label)
  .superRefine(refuseUnknownKeys, { when: ({ value }) => typeof value === "object" && value !== null });

/** `match:` of a route or a silence: patterns by what they are compared with, and `label.NAME` for labels of the instance. */
export const alertMatch = z
  .codec(matchMapping, z.custom<AlertMatch>(), {
    decode: (patterns) => {
      const labels = Object.entries(patterns).flatMap(([key, value]) => {
        const [, name] = LABEL.exec(key) ?? [];
        return name === undefined ? [] : [[name, value]];
      });
      const known = Object.entries(patterns).filter(([key]) => key in keys);
      return { ...Object.fromEntries(known), ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }) };
    },
    encode: (match) => encodeAlertMatch(match) as z.output<typeof matchMapping>,
  })
  .meta({ patternProperties: { "^label\\.": editorSchema(label) }, additionalProperties: false });

/** A match in the form of the file. */
export function encodeAlertMatch({ labels = {}, ...match }: AlertMatch): Readonly<Record<string, readonly string[]>> {
  const named = Object.entries(labels).map(([name, patterns]) => [`label.${name}`, patterns]);
  return { ...match, ...Object.fromEntries(named) };
}

function refuseUnknownKeys(patterns: Record<string, unknown>, context: z.RefinementCtx): void {
  const unknown = Object.keys(patterns).filter((key) => !Object.hasOwn(keys, key) && !LABEL.test(key));
  if (unknown.length > 0) context.addIssue({ code: "unrecognized_keys", keys: unknown, input: patterns });
}
