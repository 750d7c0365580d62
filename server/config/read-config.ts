import { BOUNDS } from "../bounds.ts";
import { type Complaint, complaint, sortComplaints } from "./complaint.ts";
import type { ConfigPart, FilePlace } from "./config-part.ts";
import { conflicts } from "./conflicts.ts";
import { type ConfigDocument, type Path, type Place, readDocument } from "./document.ts";
import type { Environment } from "./environment.ts";
import { findings, pathText } from "./issues.ts";
import { type ConfigInput, configSchema } from "./schema.ts";

/** The main file, understood, or everything that is wrong with it. */
export type ConfigReading = ({ readonly kind: "right"; readonly config: ConfigInput } & ConfigPart) | WrongFile;

/** A file with everything that is wrong with it. */
export interface WrongFile {
  readonly kind: "wrong";
  readonly complaints: readonly Complaint[];
}

/** The names of a file: as it is shown, and its absolute path. */
export type FileName = Omit<FilePlace, "placeOf">;

/** Reads the text of the main file. */
export function readConfig(text: string, { file, filePath }: FileName, env: Environment): ConfigReading {
  const opened = openDocument(text, file, env);
  if (opened.kind === "wrong") return opened;
  const { document } = opened;
  if (document.value === null) {
    const message = "the file is empty; expected keys such as haproxy: and probes:, or no file at all";
    return broken([complaint(file, TOP, message)]);
  }
  const parsed = configSchema.safeParse(document.value);
  const complaints = complaintsOf(parsed.success ? [] : parsed.error.issues, document, file);
  if (!parsed.success || complaints.length > 0) return broken(complaints);
  const { haproxy, probes } = parsed.data;
  return { kind: "right", config: parsed.data, haproxy, probes, at: placeIn(document, { file, filePath }) };
}

/** The file as the place of its entries. */
export function placeIn(document: ConfigDocument, name: FileName): FilePlace {
  return { ...name, placeOf: (path) => document.keyPlace(path) };
}

/** The text as YAML, whose faults may be few enough to look at its meaning, too. */
export function openDocument(
  text: string,
  file: string,
  env: Environment,
): { readonly kind: "open"; readonly document: ConfigDocument } | WrongFile {
  if (text.length > BOUNDS.configFileMaxBytes) {
    return broken([complaint(file, TOP, `the file is longer than ${BOUNDS.configFileMaxBytes} bytes`)]);
  }
  // What cannot be decoded arrives as U+FFFD; UTF-16 shows as zero bytes.
  if (/[\0\uFFFD]/.test(text)) return broken([complaint(file, TOP, "the file is no UTF-8 text")]);
  const document = readDocument(text, env);
  if (document.faults.some((fault) => fault.path === null)) return broken(faultsOf(document, file));
  return { kind: "open", document };
}

/** All that is wrong with a document: its text, what its schema found, and keys that do not go together. */
export function complaintsOf(
  issues: Parameters<typeof findings>[0],
  document: ConfigDocument,
  file: string,
): readonly Complaint[] {
  const found = [
    ...findings(issues, document),
    ...conflicts(document.value).map(({ path, message }) => ({
      path,
      place: document.keyPlace(path),
      message: `${pathText(path)} ${message}`,
    })),
  ];
  // A value that could not even be read is complained about once.
  const unread = new Set(document.faults.map(({ path }) => JSON.stringify(path)));
  return [
    ...faultsOf(document, file),
    ...found
      .filter(({ path }) => !unread.has(JSON.stringify(path)))
      .map(({ place, message }) => complaint(file, place, message)),
  ];
}

const TOP: Place = { line: 1, column: 1 };

function faultsOf(document: ConfigDocument, file: string): Complaint[] {
  return document.faults.map((fault) => complaint(file, fault.place, `${prefix(fault.path)}${fault.message}`));
}

function prefix(path: Path | null): string {
  return path === null || path.length === 0 ? "" : `${pathText(path)}: `;
}

function broken(complaints: readonly Complaint[]): WrongFile {
  return { kind: "wrong", complaints: sortComplaints(complaints) };
}
