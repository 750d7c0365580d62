import { BOUNDS } from "../bounds.ts";
import { type Complaint, complaint } from "./complaint.ts";
import type { ConfigPart, Doubt, EntryPlace } from "./config-part.ts";
import type { ConfigWorld } from "./find-file.ts";
import { type InstancesReading, readInstances } from "./instance-file.ts";
import type { DiscoveryInput, HaproxyEntry, InstanceInput } from "./instance-schema.ts";
import { pathText } from "./issues.ts";
import { namedFiles } from "./named-files.ts";

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
  const folders: string[] = [];
  const own = parts.map((part) => part.at.filePath);
  const read = new Set(own);
  for (const { entry, at } of ownEntries(parts)) {
    if (entry.kind !== "file") {
      entries.push({ ...entry, at });
      continue;
    }
    const named = namedFiles(entry.file, at, world.readFolder);
    folders.push(...named.folders);
    if (named.files.length === 0) doubts.push({ at, path: [...at.path, "file"], message: named.nothing });
    for (const name of named.files) {
      const reading = read.has(name.filePath) ? READ_ALREADY : readInstances(name, world);
      read.add(name.filePath);
      if (reading.kind === "right") entries.push(...reading.entries);
      else complaints.push(...complaintsAbout(reading, name.file, at));
    }
  }
  complaints.push(...twins(entries), ...tooMany(entries, parts[0]));
  return { entries, complaints, doubts, files: [...read].slice(own.length), folders };
}

function ownEntries(parts: readonly ConfigPart[]): { readonly entry: HaproxyEntry; readonly at: EntryPlace }[] {
  return parts.flatMap(({ at, haproxy }) =>
    haproxy.map((entry, index) => ({ entry, at: { ...at, path: ["haproxy", index] } })),
  );
}

const READ_ALREADY = { kind: "read-already" } as const;

/** What is wrong with a file that an entry names, in its own lines where it could be read. */
function complaintsAbout(
  reading: Exclude<InstancesReading, { kind: "right" }> | typeof READ_ALREADY,
  file: string,
  at: EntryPlace,
): readonly Complaint[] {
  const path = [...at.path, "file"];
  const about = (message: string): Complaint =>
    complaint(at.file, at.placeOf(path), `${pathText(path)} names ${file}, ${message}`);
  switch (reading.kind) {
    case "wrong":
      return reading.complaints;
    case "unreadable":
      return [{ ...about(`and ${reading.fault}; expected a file that haprobe may read`), code: UNREADABLE }];
    case "read-already":
      return [about("which is read already; expected each file once")];
    default:
      return reading satisfies never;
  }
}

const UNREADABLE = "HAPROBE_CONFIG_UNREADABLE";

function tooMany(entries: readonly PlacedEntry[], main: ConfigPart | undefined): Complaint[] {
  if (entries.length <= BOUNDS.instancesMax || main === undefined) return [];
  const { file, placeOf } = main.at;
  const message = `haproxy holds ${entries.length} entries with those of all files; expected at most ${BOUNDS.instancesMax}`;
  return [complaint(file, placeOf(["haproxy"]), message)];
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
