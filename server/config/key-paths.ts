import { isMapping } from "./document.ts";

/** A key of the configuration as editors and the docs name it: `probes[].http.path`. */
export interface KeyPath {
  readonly path: string;
  /** Path of its mapping: `probes[].http`, empty at the top. */
  readonly place: string;
  readonly key: string;
  readonly description: string;
  /** In the form of the file; undefined where there is none. */
  readonly default: unknown;
}

/** Every key of a JSON Schema once, in its order, with `label.NAME` for all labels. */
export function keyPaths(schema: unknown): KeyPath[] {
  const seen = new Set<string>();
  // The forms of an entry share keys.
  return allPaths(schema, "").filter(({ path }) => !seen.has(path) && seen.add(path));
}

function allPaths(schema: unknown, place: string): KeyPath[] {
  if (!isMapping(schema)) return [];
  const keys: KeyPath[] = [];
  for (const [key, child] of propertiesOf(schema)) {
    const path = place === "" ? key : `${place}.${key}`;
    const details = isMapping(child) ? child : {};
    keys.push({
      path,
      place,
      key,
      description: typeof details.description === "string" ? details.description : "",
      default: details.default,
    });
    keys.push(...allPaths(child, path));
  }
  if (isMapping(schema.items)) keys.push(...allPaths(schema.items, `${place}[]`));
  // Alternative forms: `expected` may be null, `body` a text or a mapping.
  for (const form of Array.isArray(schema.anyOf) ? schema.anyOf : []) keys.push(...allPaths(form, place));
  return keys;
}

function propertiesOf(schema: Readonly<Record<string, unknown>>): [string, unknown][] {
  const plain = isMapping(schema.properties) ? Object.entries(schema.properties) : [];
  const patterns = isMapping(schema.patternProperties) ? Object.values(schema.patternProperties) : [];
  return [...plain, ...patterns.map((child): [string, unknown] => ["label.NAME", child])];
}
