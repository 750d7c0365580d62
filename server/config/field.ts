import { z } from "zod";

/** What is wrong with a value. */
export interface Problem {
  /** Continues the name of the key: `has no port`. */
  readonly wrong: string;
  /** What to do; without it, what is expected is said. */
  readonly remedy?: string;
  /** Ends the sentence "expected …" for a part of the value, where the whole expects something else. */
  readonly expected?: string;
  /** The words above hold nothing of the value, so they may be said of a secret too. */
  readonly discreet?: boolean;
  /** Where inside the value, for lists and mappings. */
  readonly path?: readonly (string | number)[];
  /** The last step of the path is a key that does not exist: the nearest right one is looked for. */
  readonly unknownKey?: boolean;
}

/** A value that was read, or all that is wrong with it. */
export type Reading<T> =
  | { readonly kind: "right"; readonly value: T }
  | { readonly kind: "wrong"; readonly problems: readonly Problem[] };

export function right<T>(value: T): Reading<T> {
  return { kind: "right", value };
}

export function wrong(text: string, remedy?: string): Reading<never> {
  return { kind: "wrong", problems: [remedy === undefined ? { wrong: text } : { wrong: text, remedy }] };
}

/** A complaint that repeats nothing of the value. */
export function discreetly(text: string, remedy: string): Reading<never> {
  return { kind: "wrong", problems: [{ wrong: text, remedy, discreet: true }] };
}

/** How editors see a field: a part of JSON Schema. */
export type EditorHint = Readonly<Record<string, unknown>>;

/** One kind of value: what it should be in words, how it is read, and how editors see it. */
export interface Kind<T> {
  /** Ends the sentence "expected …". */
  readonly expected: string;
  readonly read: (value: unknown) => Reading<T>;
  readonly hint: EditorHint;
}

/** A zod type of this kind; its problems become issues with `wrong`, `remedy` and `expected` in their `params`. */
export function field<T>(kind: Kind<T>, description: string) {
  return z
    .unknown()
    .transform((value, context): T => {
      const reading = kind.read(value);
      if (reading.kind === "right") return reading.value;
      for (const { path, ...params } of reading.problems) {
        context.addIssue({ code: "custom", path: [...(path ?? [])], params: { expected: kind.expected, ...params } });
      }
      return z.NEVER;
    })
    .meta({ ...kind.hint, description });
}

/** Reads every item; problems carry their index, and what is expected of an item. */
export function readEach<T>(
  items: readonly unknown[],
  expected: string,
  read: (item: unknown) => Reading<T>,
): Reading<T[]> {
  const values: T[] = [];
  const problems: Problem[] = [];
  for (const [index, item] of items.entries()) {
    const reading = read(item);
    if (reading.kind === "right") values.push(reading.value);
    else problems.push(...reading.problems.map((each) => ({ expected, ...each, path: [index, ...(each.path ?? [])] })));
  }
  return problems.length > 0 ? { kind: "wrong", problems } : right(values);
}

/** Reads every value of a mapping; problems carry their key, and what is expected of a value. Keys are checked by `readEntry` too. */
export function readEntries<T>(
  value: unknown,
  expected: string,
  readEntry: (key: string, item: unknown) => Reading<T>,
): Reading<Record<string, T>> {
  if (!isMapping(value)) return wrong("is no mapping");
  const entries: [string, T][] = [];
  const problems: Problem[] = [];
  for (const [key, item] of Object.entries(value)) {
    const reading = readEntry(key, item);
    if (reading.kind === "right") entries.push([key, reading.value]);
    else problems.push(...reading.problems.map((each) => ({ expected, ...each, path: [key, ...(each.path ?? [])] })));
  }
  // fromEntries defines properties, so that no key can reach a prototype.
  return problems.length > 0 ? { kind: "wrong", problems } : right(Object.fromEntries(entries));
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in quotes, cut short: for words that cannot be secrets. */
export function quoted(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  const text = typeof value === "string" ? value : String(value);
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
