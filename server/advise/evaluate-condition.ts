import { UNKNOWN_CHARACTER } from "./config-file.ts";
import { compareVersions } from "./haproxy-version.ts";

/** Deeper parentheses are not read. */
const DEPTH_MAX = 20;
const TOKEN = /\s*(&&|\|\||!|\(|\)|[a-z_]+\([^()]*\)|-?\d+|[^\s&|!()]+)/y;

interface Reader {
  readonly tokens: readonly string[];
  readonly version: string | null;
  at: number;
}

/** Evaluates the condition of `.if`; null where it depends on the environment or the build. */
export function evaluateCondition(text: string, version: string | null): boolean | null {
  if (text.trim() === "") return false;
  const tokens = tokenize(text);
  if (tokens === null) return null;
  const reader: Reader = { tokens, version, at: 0 };
  const value = readOr(reader, 0);
  return reader.at === tokens.length ? value : null;
}

function tokenize(text: string): readonly string[] | null {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) return null;
    tokens.push(token);
  }
  return tokens;
}

function readOr(reader: Reader, depth: number): boolean | null {
  let value = readAnd(reader, depth);
  while (reader.tokens[reader.at] === "||") {
    reader.at += 1;
    const next = readAnd(reader, depth);
    value = value === true || next === true ? true : value === null || next === null ? null : false;
  }
  return value;
}

function readAnd(reader: Reader, depth: number): boolean | null {
  let value = readOne(reader, depth);
  while (reader.tokens[reader.at] === "&&") {
    reader.at += 1;
    const next = readOne(reader, depth);
    value = value === false || next === false ? false : value === null || next === null ? null : true;
  }
  return value;
}

function readOne(reader: Reader, depth: number): boolean | null {
  const token = reader.tokens[reader.at];
  reader.at += 1;
  if (token === undefined || depth > DEPTH_MAX) return null;
  if (token === "!") {
    const value = readOne(reader, depth + 1);
    return value === null ? null : !value;
  }
  if (token === "(") {
    const value = readOr(reader, depth + 1);
    reader.at += 1;
    return value;
  }
  if (/^-?\d+$/.test(token)) return Number(token) !== 0;
  return evaluatePredicate(token, reader.version);
}

function evaluatePredicate(token: string, version: string | null): boolean | null {
  const match = /^([a-z_]+)\(([^()]*)\)$/.exec(token);
  const [, name, inside = ""] = match ?? [];
  const values = inside.split(",").map((value) => value.trim());
  if (inside.includes(UNKNOWN_CHARACTER)) return null;
  switch (name) {
    case "streq":
      return values[0] === values[1];
    case "strneq":
      return values[0] !== values[1];
    case "version_atleast":
      return version === null ? null : compareVersions(version, inside) >= 0;
    case "version_before":
      return version === null ? null : compareVersions(version, inside) < 0;
    default:
      return null;
  }
}
