import { z } from "zod";

type Shape = Readonly<Record<string, z.ZodType>>;

/** The values of a mapping by the program's names; null where the file has no such key. */
export type MappingOutput<S extends Shape> = {
  readonly [Name in keyof S]: undefined extends z.output<S[Name]>
    ? ReadonlyList<Exclude<z.output<S[Name]>, undefined>> | null
    : ReadonlyList<z.output<S[Name]>>;
};

type ReadonlyList<T> = T extends readonly (infer Item)[] ? readonly Item[] : T;

/** The key in the file for the program's name: `fastEveryMs` is `fast-every`, since a time in the file carries its unit. */
export function fileKey(name: string): string {
  return name.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A mapping that takes no other keys. `shape` has the program's names; encoding gives the form of the file and leaves out what is null. */
export function mapping<S extends Shape>(shape: S) {
  const keys = Object.keys(shape).map((name) => [name, fileKey(name)] as const);
  const file = z.strictObject(Object.fromEntries(Object.entries(shape).map(([name, type]) => [fileKey(name), type])));
  return z.codec(file, z.custom<MappingOutput<S>>(), {
    decode: (values) => Object.fromEntries(keys.map(([name, key]) => [name, values[key] ?? null])) as MappingOutput<S>,
    encode: (values) =>
      Object.fromEntries(
        keys.flatMap(([name, key]) => {
          const value = (values as Readonly<Record<string, unknown>>)[name] ?? null;
          return value === null ? [] : [[key, value]];
        }),
      ),
  });
}
