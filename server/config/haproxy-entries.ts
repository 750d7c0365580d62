import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { BOUNDS } from "../bounds.ts";
import { matchesGlob } from "../match.ts";
import { type Complaint, complaint } from "./complaint.ts";
import type { ConfigPart, Doubt, EntryPlace } from "./config-part.ts";
import { type ConfigWorld, errorCode, type ReadFolder, readFault } from "./find-file.ts";
import { readInstances } from "./instance-file.ts";
import type { DiscoveryInput, InstanceInput } from "./instance-schema.ts";
import { pathText } from "./issues.ts";

/** An entry of the configuration, or of a file that this names. */
export type PlacedEntry = { readonly at: EntryPlace } & (
  | { readonly kind: "instance"; readonly input: InstanceInput }
  | { readonly kind: "discovery"; readonly input: DiscoveryInput }
);

/** All entries in their order, and what is wrong with the files that were named. */
export interface HaproxyEntries {
  readonly entries: readonly PlacedEntry[];
  readonly complaints: readonly Complaint[];
  /** Patterns that no file matches: allowed, since files may come later. */
  readonly doubts: readonly Doubt[];
  /** Absolute paths of the files. */
  readonly files: readonly string[];
  /** Absolute paths of the folders in which more may come. */
  readonly folders: readonly string[];
}

/** Puts the entries of further files in the place of the entries that name them; names have to be unique over all of them. */
export function gatherEntries(parts: readonly ConfigPart[], world: ConfigWorld): HaproxyEntries {
  const entries: PlacedEntry[] = [];
  const complaints: Complaint[] = [];
  const doubts: Doubt[] = [];
  const files: string[] = [];
  const folders: string[] = [];
  const known = new Set(parts.map((part) => part.at.filePath));
  const own = parts.flatMap(({ at, haproxy }) =>
    haproxy.map((entry, index) => ({ entry, at: { ...at, path: ["haproxy", index] } })),
  );
  for (const { entry, at } of own) {
    if (entry.kind !== "file") {
      entries.push({ ...entry, at });
      continue;
    }
    const path = [...at.path, "file"];
    const wrong = (message: string, code: Complaint["code"]): void => {
      const found = complaint(at.file, at.placeOf(path), `${pathText(path)} ${message}`);
      complaints.push({ ...found, code });
    };
    const found = findFiles(entry.file, at.filePath, world.readFolder);
    folders.push(...found.folders);
    if (found.paths.length === 0) doubts.push({ at, path, message: found.nothing });
    for (const filePath of found.paths) {
      const file = isAbsolute(entry.file) ? filePath : join(dirname(at.file), relative(dirname(at.filePath), filePath));
      if (known.has(filePath)) {
        wrong(`names ${file}, which is read already; expected each file once`, "HAPROBE_CONFIG_INVALID");
        continue;
      }
      known.add(filePath);
      files.push(filePath);
      const read = readInstances({ file, filePath }, world);
      if (read.kind === "right") entries.push(...read.entries);
      else if (read.kind === "wrong") complaints.push(...read.complaints);
      else
        wrong(`names ${file}, and ${read.fault}; expected a file that haprobe may read`, "HAPROBE_CONFIG_UNREADABLE");
    }
  }
  complaints.push(...twins(entries));
  const main = parts[0]?.at;
  if (entries.length > BOUNDS.instancesMax && main !== undefined) {
    const message = `haproxy holds ${entries.length} entries with those of all files; expected at most ${BOUNDS.instancesMax}`;
    complaints.push(complaint(main.file, main.placeOf(["haproxy"]), message));
  }
  return { entries, complaints, doubts, files, folders };
}

interface FoundFiles {
  readonly paths: readonly string[];
  readonly folders: readonly string[];
  /** What to say where there is none. */
  readonly nothing: string;
}

/** Only the last part of a pattern may hold `*` and `?`. */
function findFiles(name: string, namedIn: string, readFolder: ReadFolder): FoundFiles {
  const path = resolve(dirname(namedIn), name);
  const pattern = basename(path);
  if (!/[*?]/.test(pattern)) return { paths: [path], folders: [], nothing: "" };
  const folder = dirname(path);
  try {
    const names = readFolder(folder).filter((each) => !each.startsWith(".") && matchesGlob(pattern, each));
    return {
      paths: names.toSorted().map((each) => join(folder, each)),
      folders: [folder],
      nothing: `names ${path}, which no file matches`,
    };
  } catch (error) {
    return {
      paths: [],
      folders: [folder],
      nothing: `names ${path}, and of the folder: ${readFault(errorCode(error))}`,
    };
  }
}

/** Within one file that is said already. */
function twins(entries: readonly PlacedEntry[]): Complaint[] {
  const first = new Map<string, PlacedEntry>();
  return entries.flatMap((entry) => {
    const { name } = entry.input;
    const before = name === undefined ? undefined : first.get(name);
    if (name !== undefined && before === undefined) first.set(name, entry);
    if (before === undefined || before.at.filePath === entry.at.filePath) return [];
    const { file, path, placeOf } = entry.at;
    const line = before.at.placeOf([...before.at.path, "name"]).line;
    const message = `${pathText(path)}.name is the name of an entry in ${before.at.file}:${line} too; expected a name of its own`;
    return [complaint(file, placeOf([...path, "name"]), message)];
  });
}
