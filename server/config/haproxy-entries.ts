import { dirname, resolve } from "node:path";
import { BOUNDS } from "../bounds.ts";
import { type ConfigError, configError } from "./config-error.ts";
import type { ConfigFile, ConfigWarning, EntryLocation, FileLocation } from "./config-file.ts";
import type { Path } from "./document.ts";
import { isInScope } from "./file-scope.ts";
import type { ConfigIo } from "./find-config-file.ts";
import { type InstanceFileResult, readInstanceFile } from "./instance-file.ts";
import type { DiscoveryInput, HaproxyEntry, InstanceInput } from "./instance-schema.ts";
import { pathText } from "./issues.ts";
import { matchFiles } from "./matched-files.ts";

/** An entry of the configuration or of a file that it names. */
export type LocatedEntry = { readonly at: EntryLocation } & (
  | { readonly kind: "instance"; readonly input: InstanceInput }
  | { readonly kind: "discovery"; readonly input: DiscoveryInput }
);

/** All entries in their order, and the errors of the files that they name. */
export interface HaproxyEntries {
  readonly entries: readonly LocatedEntry[];
  readonly errors: readonly ConfigError[];
  /** Patterns that no file matches: allowed, since a file may be added later. */
  readonly warnings: readonly ConfigWarning[];
  /** Absolute paths of the files. */
  readonly files: readonly string[];
  /** Absolute paths of the folders in which a matching file may be added. */
  readonly folders: readonly string[];
}

/** Replaces each entry that names files by the entries of these files. Names have to be unique over all files. */
export function collectEntries(configFiles: readonly ConfigFile[], io: ConfigIo): HaproxyEntries {
  const entries: LocatedEntry[] = [];
  const errors: ConfigError[] = [];
  const warnings: ConfigWarning[] = [];
  const folders: string[] = [];
  const own = configFiles.map((each) => each.at.filePath);
  const read = new Set(own);
  for (const { entry, at } of entriesOf(configFiles)) {
    if (entry.kind !== "file") {
      entries.push({ ...entry, at });
      continue;
    }
    const path = [...at.path, "file"];
    if (!isInScope(resolve(dirname(at.filePath), entry.input.file), at.scope, io)) {
      errors.push(outOfScope(entry.input.file, at, path));
      continue;
    }
    const named = matchFiles(entry.input.file, at, io.readFolder);
    folders.push(...named.folders);
    if (named.files.length === 0) warnings.push({ at, path, message: named.noMatchText });
    for (const name of named.files) {
      if (!isInScope(name.filePath, at.scope, io)) {
        errors.push(outOfScope(name.file, at, path));
        continue;
      }
      const result = read.has(name.filePath) ? ALREADY_READ : readInstanceFile(name, io);
      read.add(name.filePath);
      if (result.kind === "right") entries.push(...result.entries);
      else errors.push(...fileErrors(result, name.file, at));
    }
  }
  errors.push(...duplicateNames(entries), ...tooManyEntries(entries, configFiles[0]));
  return { entries, errors, warnings, files: [...read].slice(own.length), folders };
}

function entriesOf(configFiles: readonly ConfigFile[]): { readonly entry: HaproxyEntry; readonly at: EntryLocation }[] {
  return configFiles.flatMap(({ at, haproxy }) =>
    haproxy.map((entry, index) => ({ entry, at: { ...at, path: ["haproxy", index] } })),
  );
}

/** The error for a file that a file of `conf.d` may not name. */
export function outOfScope(named: string, at: FileLocation, path: Path): ConfigError {
  const message = `names ${named}; expected a file below its own folder, or one below conf-d.folders of the main file`;
  return configError(at.file, at.positionOf(path), `${pathText(path)} ${message}`);
}

const ALREADY_READ = { kind: "read-already" } as const;

/** The errors of a file that an entry names, with its own lines where it can be read. */
function fileErrors(
  result: Exclude<InstanceFileResult, { kind: "right" }> | typeof ALREADY_READ,
  file: string,
  at: EntryLocation,
): readonly ConfigError[] {
  const path = [...at.path, "file"];
  const about = (message: string): ConfigError =>
    configError(at.file, at.positionOf(path), `${pathText(path)} names ${file}${message}`);
  switch (result.kind) {
    case "wrong":
      return result.errors;
    case "unreadable":
      return [{ ...about(`: ${result.error}; expected a file that haprobe may read`), code: UNREADABLE }];
    case "read-already":
      return [about(", which is read already; expected each file once")];
    default:
      return result satisfies never;
  }
}

const UNREADABLE = "HAPROBE_CONFIG_UNREADABLE";

function tooManyEntries(entries: readonly LocatedEntry[], main: ConfigFile | undefined): ConfigError[] {
  if (entries.length <= BOUNDS.instancesMax || main === undefined) return [];
  const { file, positionOf } = main.at;
  const message = `haproxy holds ${entries.length} entries with those of all files; expected at most ${BOUNDS.instancesMax}`;
  return [configError(file, positionOf(["haproxy"]), message)];
}

/** Entries of two files with one name; conflicts within a file are found when it is parsed. */
function duplicateNames(entries: readonly LocatedEntry[]): ConfigError[] {
  const first = new Map<string, LocatedEntry>();
  return entries.flatMap((entry) => {
    const { name } = entry.input;
    if (name === null) return [];
    const before = first.get(name);
    if (before === undefined) first.set(name, entry);
    if (before === undefined || before.at.filePath === entry.at.filePath) return [];
    const { file, path, positionOf } = entry.at;
    const line = before.at.positionOf([...before.at.path, "name"]).line;
    const message = `${pathText(path)}.name is the name of an entry in ${before.at.file}:${line} too; expected a name of its own`;
    return [configError(file, positionOf([...path, "name"]), message)];
  });
}
