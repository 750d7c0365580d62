import type { z } from "zod";
import type { ConfigDocument, Path, Place } from "./document.ts";
import { isMapping, quoted } from "./field.ts";
import { type KeyPath, keyPaths } from "./key-paths.ts";
import { isReservedKey } from "./reserved-keys.ts";
import { nearestWord } from "./nearest-word.ts";
import { alternatives } from "./scalars.ts";
import { settingsJsonSchema } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/** One complaint before the name of the file is known. */
export interface Finding {
  readonly path: Path;
  readonly place: Place;
  readonly message: string;
}

/** Turns what zod found into sentences with their places in the file. */
export function findings(issues: readonly Issue[], document: ConfigDocument): Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, document));
}

function findingsOf(issue: Issue, document: ConfigDocument): Finding[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...issue.path, key], document));
  }
  const params = issue.code === "custom" ? (issue.params ?? {}) : {};
  if (params.unknownKey === true) return [unknownKey(issue.path, document)];
  const message =
    issue.code === "custom"
      ? fieldMessage(params, document.variables(issue.path))
      : shapeMessage(issue, valueAt(document.value, issue.path));
  return [{ path: issue.path, place: document.valuePlace(issue.path), message: `${pathText(issue.path)} ${message}` }];
}

/** `wrong; remedy`. What came from the environment may be a secret, so only its variable is named. */
function fieldMessage(params: Readonly<Record<string, unknown>>, variables: readonly string[]): string {
  const expected = `expected ${String(params.expected)}`;
  if (variables.length > 0 && params.discreet !== true)
    return `holds something else after \${${variables[0]}} is filled in; ${expected}`;
  return `${String(params.wrong)}; ${typeof params.remedy === "string" ? params.remedy : expected}`;
}

/** Complaints of zod's own containers. */
function shapeMessage(issue: Issue, value: unknown): string {
  if (issue.code === "invalid_type") {
    const expected =
      issue.expected === "array" ? "a list, with - in front of each entry" : "a mapping of keys to values";
    return `${kindOf(value)}; expected ${expected}`;
  }
  if (issue.code === "too_big") return `holds too many entries; expected at most ${String(issue.maximum)}`;
  return `is not right: ${issue.message}`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "is missing";
  if (value === null) return "has no value";
  if (Array.isArray(value)) return "is a list";
  return isMapping(value) ? "is a mapping" : "is a single value";
}

function unknownKey(path: Path, document: ConfigDocument): Finding {
  const key = String(path.at(-1));
  const place = pathPattern(path.slice(0, -1));
  return { path, place: document.keyPlace(path), message: `${pathText(path)} ${unknownKeyMessage(place, key)}` };
}

let known: readonly KeyPath[] | null = null;

/** Made once, and only when somebody has mistyped a key. */
function allKeys(): readonly KeyPath[] {
  known ??= keyPaths(settingsJsonSchema());
  return known;
}

function unknownKeyMessage(place: string, key: string): string {
  if (isReservedKey(place, key)) return "is not available in this version; leave it out";
  const here = allKeys()
    .filter((each) => each.place === place)
    .map((each) => each.key);
  // Known beside other keys than those that are there.
  if (here.includes(key)) return "has no place in this entry; leave it out";
  const near = nearestWord(key, here);
  if (near !== null) return `is not known; did you mean ${near}?`;
  const same = allKeys().filter((each) => each.key === key);
  // Rather below this place than in another part of the file.
  const elsewhere = same.find((each) => each.place.startsWith(place)) ?? same[0];
  if (elsewhere !== undefined) return `is not known here; it belongs to ${elsewhere.place || "the top of the file"}`;
  return `is not known; expected ${alternatives(here)}`;
}

/** `probes[0].http.path`, with the number of the entry from 0 as YAML tools count. */
export function pathText(path: Path): string {
  if (path.length === 0) return "the file";
  const named = (step: PropertyKey): string =>
    /^[\w.-]{1,64}$/.test(String(step)) ? String(step) : quoted(String(step));
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : `${i > 0 ? "." : ""}${named(step)}`)).join("");
}

/** `probes[].http`: the same for every entry of a list. */
function pathPattern(path: Path): string {
  return path.map((step, i) => (typeof step === "number" ? "[]" : `${i > 0 ? "." : ""}${String(step)}`)).join("");
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return current;
}
