import type { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { type ConfigError, configError, sortConfigErrors } from "./config-error.ts";
import type { ConfigFile, FileLocation } from "./config-file.ts";
import { findConflicts } from "./conflicts.ts";
import { type ConfigDocument, type Path, type Position, readDocument } from "./document.ts";
import type { Environment } from "./environment.ts";
import { locateIssues, pathText } from "./issues.ts";
import { fillPresets } from "./presets.ts";
import { type ConfigInput, configSchema } from "./schema.ts";

/** The parsed main file, or all its errors. */
export type ConfigResult = ({ readonly kind: "right"; readonly config: ConfigInput } & ConfigFile) | InvalidFile;

/** A file with all its errors. */
export interface InvalidFile {
  readonly kind: "wrong";
  readonly errors: readonly ConfigError[];
}

/** The names of a file, as it is shown and its absolute path, and its scope. */
export type FilePaths = Omit<FileLocation, "positionOf">;

/** Parses the text of the main file. */
export function parseConfig(text: string, name: FilePaths, env: Environment): ConfigResult {
  const { file } = name;
  const opened = parseYamlDocument(text, name, env);
  if (opened.kind === "wrong") return opened;
  const { document } = opened;
  if (document.value === null) {
    const message = "the file is empty; expected keys such as haproxy: and probes:, or no file at all";
    return invalidFile([configError(file, FILE_START, message)]);
  }
  const parsed = configSchema.safeParse(fillPresets(document.value));
  const errors = collectErrors(parsed.error?.issues ?? [], document, file);
  if (!parsed.success || errors.length > 0) return invalidFile(errors);
  const { haproxy, probes } = parsed.data;
  return { kind: "right", config: parsed.data, haproxy, probes, at: locateFile(document, name) };
}

/** The file as the location of its entries. */
export function locateFile(document: ConfigDocument, name: FilePaths): FileLocation {
  return { ...name, positionOf: (path) => document.keyPosition(path) };
}

/** Reads the text as YAML. A document whose syntax is right may hold faults in single values. */
export function parseYamlDocument(
  text: string,
  { file, scope }: FilePaths,
  env: Environment,
): { readonly kind: "open"; readonly document: ConfigDocument } | InvalidFile {
  if (text.length > BOUNDS.configFileMaxBytes) {
    return invalidFile([configError(file, FILE_START, `the file is longer than ${BOUNDS.configFileMaxBytes} bytes`)]);
  }
  // Bytes that cannot be decoded arrive as U+FFFD; UTF-16 shows as zero bytes.
  if (/[\0\uFFFD]/.test(text)) return invalidFile([configError(file, FILE_START, "the file is no UTF-8 text")]);
  const document = readDocument(text, env, scope.variables);
  if (document.faults.some((fault) => fault.path === null)) return invalidFile(textErrors(document, file));
  return { kind: "open", document };
}

/** All errors of a document: faults of its text, issues of its schema, and keys that do not go together. */
export function collectErrors(
  issues: readonly z.core.$ZodIssue[],
  document: ConfigDocument,
  file: string,
): readonly ConfigError[] {
  const located = [
    ...locateIssues(issues.slice(0, BOUNDS.configErrorsMax), document),
    ...findConflicts(fillPresets(document.value)).map(({ path, message }) => ({
      path,
      position: document.keyPosition(path),
      message: `${pathText(path)} ${message}`,
    })),
  ];
  // A value with a fault in its text is reported once.
  const faulty = new Set(document.faults.map(({ path }) => JSON.stringify(path)));
  return [
    ...textErrors(document, file),
    ...located
      .filter(({ path }) => !faulty.has(JSON.stringify(path)))
      .map(({ position, message }) => configError(file, position, message)),
  ];
}

const FILE_START: Position = { line: 1, column: 1 };

function textErrors(document: ConfigDocument, file: string): ConfigError[] {
  return document.faults.map(({ path, position, message }) => configError(file, position, `${prefix(path)}${message}`));
}

function prefix(path: Path | null): string {
  return path === null || path.length === 0 ? "" : `${pathText(path)}: `;
}

function invalidFile(errors: readonly ConfigError[]): InvalidFile {
  return { kind: "wrong", errors: sortConfigErrors(errors) };
}
