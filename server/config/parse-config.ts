import { BOUNDS } from "../bounds.ts";
import { type ConfigError, configError, sortConfigErrors } from "./config-error.ts";
import type { ConfigFile, FileLocation } from "./config-file.ts";
import { findConflicts } from "./conflicts.ts";
import { type ConfigDocument, type Path, type Place, readDocument } from "./document.ts";
import type { Environment } from "./environment.ts";
import { findings, pathText } from "./issues.ts";
import { type ConfigInput, configSchema } from "./schema.ts";

/** The main file, understood, or everything that is wrong with it. */
export type ConfigResult = ({ readonly kind: "right"; readonly config: ConfigInput } & ConfigFile) | InvalidFile;

/** A file with everything that is wrong with it. */
export interface InvalidFile {
  readonly kind: "wrong";
  readonly errors: readonly ConfigError[];
}

/** The names of a file: as it is shown, and its absolute path. */
export type FilePaths = Omit<FileLocation, "positionOf">;

/** Reads the text of the main file. */
export function parseConfig(text: string, { file, filePath }: FilePaths, env: Environment): ConfigResult {
  const opened = parseYamlDocument(text, file, env);
  if (opened.kind === "wrong") return opened;
  const { document } = opened;
  if (document.value === null) {
    const message = "the file is empty; expected keys such as haproxy: and probes:, or no file at all";
    return invalidFile([configError(file, FILE_START, message)]);
  }
  const parsed = configSchema.safeParse(document.value);
  const complaints = collectErrors(parsed.success ? [] : parsed.error.issues, document, file);
  if (!parsed.success || complaints.length > 0) return invalidFile(complaints);
  const { haproxy, probes } = parsed.data;
  return { kind: "right", config: parsed.data, haproxy, probes, at: locateFile(document, { file, filePath }) };
}

/** The file as the place of its entries. */
export function locateFile(document: ConfigDocument, name: FilePaths): FileLocation {
  return { ...name, positionOf: (path) => document.keyPlace(path) };
}

/** The text as YAML, whose faults may be few enough to look at its meaning, too. */
export function parseYamlDocument(
  text: string,
  file: string,
  env: Environment,
): { readonly kind: "open"; readonly document: ConfigDocument } | InvalidFile {
  if (text.length > BOUNDS.configFileMaxBytes) {
    return invalidFile([configError(file, FILE_START, `the file is longer than ${BOUNDS.configFileMaxBytes} bytes`)]);
  }
  // What cannot be decoded arrives as U+FFFD; UTF-16 shows as zero bytes.
  if (/[\0\uFFFD]/.test(text)) return invalidFile([configError(file, FILE_START, "the file is no UTF-8 text")]);
  const document = readDocument(text, env);
  if (document.faults.some((fault) => fault.path === null)) return invalidFile(textErrors(document, file));
  return { kind: "open", document };
}

/** All that is wrong with a document: its text, what its schema found, and keys that do not go together. */
export function collectErrors(
  issues: Parameters<typeof findings>[0],
  document: ConfigDocument,
  file: string,
): readonly ConfigError[] {
  const found = [
    ...findings(issues, document),
    ...findConflicts(document.value).map(({ path, message }) => ({
      path,
      place: document.keyPlace(path),
      message: `${pathText(path)} ${message}`,
    })),
  ];
  // A value that could not even be read is complained about once.
  const unread = new Set(document.faults.map(({ path }) => JSON.stringify(path)));
  return [
    ...textErrors(document, file),
    ...found
      .filter(({ path }) => !unread.has(JSON.stringify(path)))
      .map(({ place, message }) => configError(file, place, message)),
  ];
}

const FILE_START: Place = { line: 1, column: 1 };

function textErrors(document: ConfigDocument, file: string): ConfigError[] {
  return document.faults.map((fault) => configError(file, fault.place, `${prefix(fault.path)}${fault.message}`));
}

function prefix(path: Path | null): string {
  return path === null || path.length === 0 ? "" : `${pathText(path)}: `;
}

function invalidFile(complaints: readonly ConfigError[]): InvalidFile {
  return { kind: "wrong", errors: sortConfigErrors(complaints) };
}
