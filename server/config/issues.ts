import type { z } from "zod";
import { type ConfigDocument, isMapping, type Path, type Position } from "./document.ts";
import { type KeyPath, keyPaths } from "./key-paths.ts";
import { nearestWord } from "./nearest-word.ts";
import { isReservedKey } from "./reserved-keys.ts";
import { alternatives } from "./scalars.ts";
import { settingsJsonSchema } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/** One issue of a file, before the name of the file is known. */
export interface LocatedIssue {
  readonly path: Path;
  readonly position: Position;
  readonly message: string;
}

/** Turns zod's issues into sentences with their positions in the file. */
export function locateIssues(issues: readonly Issue[], document: ConfigDocument): LocatedIssue[] {
  return issues.flatMap(innermost).flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => locateUnknownKey([...issue.path, key], document));
    }
    const path = writtenPath(issue.path, document.value);
    const message = describeIssue(issue, valueAt(document.value, path), document.variables(path));
    return { path, position: document.valuePosition(path), message: `${pathText(path)} ${message}` };
  });
}

/** What is wrong with a value and what would be right, as the end of a sentence. A value that holds variables is not repeated, since it may be a secret. */
export function describeIssue(issue: Issue, value: unknown, variables: readonly string[] = []): string {
  const wrong: unknown = issue.code === "custom" ? issue.params?.wrong : undefined;
  if (typeof wrong === "string") return `${wrong}; ${issue.message}`;
  if (variables.length > 0) return `has a wrong value after \${${variables[0]}} is filled in; ${issue.message}`;
  const expected = expectedShape(issue) ?? issue.message;
  if (value === undefined) return `is missing; ${expected}`;
  if (value === null) return `has no value; ${expected}`;
  // A text where a mapping belongs may be a secret too.
  const isHidden = expectedShape(issue) !== null && !Array.isArray(value) && !isMapping(value);
  return `is ${isHidden ? "a single value" : quoted(value)}; ${expected}`;
}

/** The expected shape, for the containers of zod; null for an issue of a type that has its own message. */
function expectedShape(issue: Issue): string | null {
  if (issue.code === "too_big" && issue.origin === "array" && issue.message.startsWith("Too big")) {
    return `expected at most ${issue.maximum} entries`;
  }
  if (issue.code !== "invalid_type" || !issue.message.startsWith("Invalid input")) return null;
  return issue.expected === "array"
    ? "expected a list, with - in front of each entry"
    : "expected a mapping of keys to values";
}

/** Replaces an issue about alternatives, or about a key, by what is wrong inside. */
function innermost(issue: Issue): Issue[] {
  if (issue.code === "invalid_key") {
    return issue.issues.slice(0, 1).flatMap((inner) => innermost({ ...inner, path: issue.path }));
  }
  if (issue.code !== "invalid_union") return [issue];
  const isInside = (inner: Issue): boolean => inner.path.length > 0 || inner.code === "unrecognized_keys";
  const inside = issue.errors.find((branch) => branch.length > 0 && branch.every(isInside));
  if (inside === undefined) return [issue];
  return inside.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** Without the index of a single value that stands for a list. */
function writtenPath(path: Path, top: unknown): Path {
  return path.filter((step, i) => step !== 0 || Array.isArray(valueAt(top, path.slice(0, i))));
}

function locateUnknownKey(path: Path, document: ConfigDocument): LocatedIssue {
  const message = unknownKeyMessage(pathPattern(path.slice(0, -1)), String(path.at(-1)));
  return { path, position: document.keyPosition(path), message: `${pathText(path)} ${message}` };
}

let known: readonly KeyPath[] | null = null;

function unknownKeyMessage(place: string, key: string): string {
  if (isReservedKey(place, key)) return "is not available in this version; leave it out";
  known ??= keyPaths(settingsJsonSchema());
  const here = known.filter((each) => each.place === place).map((each) => each.key);
  // Another form of the same entry takes the key.
  if (here.includes(key)) return "has no place in this entry; leave it out";
  const near = nearestWord(key, here);
  if (near !== null) return `is not known; did you mean ${near}?`;
  const same = known.filter((each) => each.key === key);
  // A place inside this one is likelier than another part of the file.
  const elsewhere = same.find((each) => each.place.startsWith(place)) ?? same[0];
  if (elsewhere !== undefined) return `is not known here; it belongs to ${elsewhere.place || "the top of the file"}`;
  return `is not known; expected ${alternatives(here)}`;
}

/** `probes[0].http.path`, with entries counted from 0 as YAML tools do. */
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

function quoted(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (isMapping(value)) return "a mapping";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
