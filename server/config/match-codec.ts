import { z } from "zod";
import { editorSchema } from "./editor-schema.ts";
import { globs } from "./globs.ts";

/** A match as the running parts read it: patterns by key, those of labels by the name of the label. */
interface Match {
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

const LABEL = /^label\.([a-z][a-z0-9_-]{0,62})$/i;
const label = globs.describe("Label of the instance.");

/** Codec of a `match:` mapping with these keys and with `label.NAME` for labels of the instance. */
export function matchCodec<M extends Match>(keys: Readonly<Record<Exclude<keyof M, "labels"> & string, typeof globs>>) {
  const mapping = z
    .object(keys as Record<string, typeof globs>)
    .partial()
    .catchall(label)
    .superRefine(refuseUnknownKeys, { when: ({ value }) => typeof value === "object" && value !== null });
  return z
    .codec(mapping, z.custom<M>(), {
      decode: (patterns) => {
        const labels = Object.entries(patterns).flatMap(([key, value]) => {
          const [, name] = LABEL.exec(key) ?? [];
          return name === undefined ? [] : [[name, value]];
        });
        const known = Object.entries(patterns).filter(([key]) => Object.hasOwn(keys, key));
        return {
          ...Object.fromEntries(known),
          ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
        } as M;
      },
      encode: (match) => encodeMatch(match) as z.output<typeof mapping>,
    })
    .meta({ patternProperties: { "^label\\.": editorSchema(label) }, additionalProperties: false });

  function refuseUnknownKeys(patterns: Record<string, unknown>, context: z.RefinementCtx): void {
    const unknown = Object.keys(patterns).filter((key) => !Object.hasOwn(keys, key) && !LABEL.test(key));
    if (unknown.length > 0) context.addIssue({ code: "unrecognized_keys", keys: unknown, input: patterns });
  }
}

/** A match in the form of the file. */
export function encodeMatch({ labels = {}, ...match }: Match): Readonly<Record<string, readonly string[]>> {
  const named = Object.entries(labels).map(([name, patterns]) => [`label.${name}`, patterns]);
  return { ...match, ...Object.fromEntries(named) };
}
