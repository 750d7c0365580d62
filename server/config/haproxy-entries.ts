import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { matchesGlob } from "../match.ts";
import type { Complaint } from "./complaint.ts";
import type { ConfigDocument, Path, Place } from "./document.ts";
import type { Environment } from "./environment.ts";
import { errorCode, type ReadFile, readFault } from "./find-file.ts";
import { type DiscoveryInput, type HaproxyEntry, type InstanceInput, instanceSchema } from "./instance-schema.ts";
import { complaint, complaintsOf, openDocument } from "./read-config.ts";

/** Gives the names in a folder; throws like `readdirSync`. */
export type ReadFolder = (path: string) => readonly string[];

/** Where an entry stands: for complaints and warnings, and for the files that it names. */
export interface EntryPlace {
  /** The file as it is shown, and its absolute path. */
  readonly file: string;
  readonly filePath: string;
  readonly path: Path;
  placeOf(path: Path): Place;
}

/** An entry of the configuration file, or of a file that this names. */
export type PlacedEntry = { readonly at: EntryPlace } & (
  | { readonly kind: "instance"; readonly input: InstanceInput }
  | { readonly kind: "discovery"; readonly input: DiscoveryInput }
);

/** All entries in their order, and what is wrong with the files that were named. */
export interface HaproxyEntries {
  readonly entries: readonly PlacedEntry[];
  readonly complaints: readonly Complaint[];
  /** Patterns that no file matches: allowed, since files may come later. */
  readonly unmatched: readonly { readonly at: EntryPlace; readonly message: string }[];
  /** Absolute paths of the files, and of the folders in which more may come. */
  readonly watched: readonly string[];
}

/** The world in which the files are. */
export interface EntryFiles {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly readFolder: ReadFolder;
}

/** Puts the entries of further files in the place of the entries that name them; names have to be unique over all of them. */
export function gatherEntries(own: readonly HaproxyEntry[], config: EntryPlace, files: EntryFiles): HaproxyEntries {
  const entries: PlacedEntry[] = [];
  const complaints: Complaint[] = [];
  const unmatched: { at: EntryPlace; message: string }[] = [];
  const watched: string[] = [];
  for (const [index, entry] of own.entries()) {
    const at: EntryPlace = { ...config, path: ["haproxy", index] };
    if (entry.kind !== "file") {
      entries.push({ ...entry, at });
      continue;
    }
    const found = findFiles(entry.file, config.filePath, files.readFolder);
    watched.push(...found.watched);
    if (found.paths.length === 0) unmatched.push({ at, message: found.nothing });
    for (const path of found.paths) {
      const read = readInstances(path, join(dirname(config.file), path.slice(dirname(config.filePath).length)), files);
      entries.push(...read.entries);
      complaints.push(...read.complaints);
    }
  }
  complaints.push(...twins(entries));
  if (entries.length > BOUNDS.instancesMax) {
    const message = `haproxy holds ${entries.length} entries with those of its files; expected at most ${BOUNDS.instancesMax}`;
    complaints.push(complaint(config.file, config.placeOf(["haproxy"]), message));
  }
  return { entries, complaints, unmatched, watched };
}

interface FoundFiles {
  readonly paths: readonly string[];
  readonly watched: readonly string[];
  /** What to say where there is none. */
  readonly nothing: string;
}

/** Only the last part of a pattern may hold `*` and `?`. */
function findFiles(name: string, configFile: string, readFolder: ReadFolder): FoundFiles {
  const path = resolve(dirname(configFile), name);
  const pattern = basename(path);
  if (!/[*?]/.test(pattern)) return { paths: [path], watched: [path], nothing: "" };
  const folder = dirname(path);
  try {
    const names = readFolder(folder).filter((each) => !each.startsWith(".") && matchesGlob(pattern, each));
    return {
      paths: names.toSorted().map((each) => join(folder, each)),
      watched: [folder],
      nothing: `names ${path}, which no file matches`,
    };
  } catch (error) {
    return {
      paths: [],
      watched: [folder],
      nothing: `names ${path}, and of the folder: ${readFault(errorCode(error))}`,
    };
  }
}

const listSchema = z.array(instanceSchema);

/** A list of entries as under `haproxy:`, or one of them. */
function readInstances(
  path: string,
  shown: string,
  { env, readFile }: EntryFiles,
): { entries: PlacedEntry[]; complaints: readonly Complaint[] } {
  const none = (complaints: readonly Complaint[]) => ({ entries: [], complaints });
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const message = readFault(errorCode(error));
    return none([{ code: "HAPROBE_CONFIG_UNREADABLE", file: shown, line: null, column: null, message }]);
  }
  const opened = openDocument(text, shown, env);
  if (opened.kind === "wrong") return none(opened.complaints);
  const document = asHaproxyList(opened.document);
  const list = (document.value as { readonly haproxy: unknown }).haproxy;
  const parsed = listSchema.safeParse(list);
  const issues = (parsed.success ? [] : parsed.error.issues).map((issue) => ({
    ...issue,
    path: ["haproxy", ...issue.path],
  }));
  const complaints = complaintsOf(issues, document, shown);
  if (!parsed.success || complaints.length > 0) return none(complaints);
  const at = { file: shown, filePath: path, placeOf: (place: Path) => document.keyPlace(place) };
  return {
    entries: parsed.data.map((input, index) => ({ kind: "instance", input, at: { ...at, path: ["haproxy", index] } })),
    complaints,
  };
}

/** The document as if its entries stood under `haproxy:`, so that they are read, and named in complaints, in the same way. */
function asHaproxyList(document: ConfigDocument): ConfigDocument {
  const one = !Array.isArray(document.value);
  const inner = (path: Path): Path => path.slice(one ? 2 : 1);
  return {
    value: { haproxy: one ? [document.value] : document.value },
    faults: document.faults,
    keyPlace: (path) => document.keyPlace(inner(path)),
    valuePlace: (path) => document.valuePlace(inner(path)),
    variables: (path) => document.variables(inner(path)),
  };
}

/** Within one file that is said already. */
function twins(entries: readonly PlacedEntry[]): Complaint[] {
  const first = new Map<string, PlacedEntry>();
  return entries.flatMap((entry) => {
    const { name } = entry.input;
    const before = name === undefined ? undefined : first.get(name);
    if (name !== undefined && before === undefined) first.set(name, entry);
    if (before === undefined || before.at.file === entry.at.file) return [];
    const { file, path, placeOf } = entry.at;
    const line = before.at.placeOf([...before.at.path, "name"]).line;
    const message = `${entryText(path)}.name is the name of an entry in ${before.at.file}:${line} too; expected a name of its own`;
    return [complaint(file, placeOf([...path, "name"]), message)];
  });
}

function entryText(path: Path): string {
  return `haproxy[${String(path[1])}]`;
}
