import type { Path, Place } from "./document.ts";
import type { HaproxyEntry } from "./instance-schema.ts";
import type { RuleInput } from "./rule-schema.ts";

/** A file that was read: for complaints and warnings, and for the files that it names. */
export interface FileLocation {
  /** The file as it is shown, and its absolute path. */
  readonly file: string;
  readonly filePath: string;
  positionOf(path: Path): Place;
}

/** Where an entry of `haproxy:` or `probes:` stands. */
export interface EntryLocation extends FileLocation {
  readonly path: Path;
}

/** What one file adds to the lists of all: the main file, or a piece of `conf.d`. */
export interface ConfigFile {
  readonly at: FileLocation;
  readonly haproxy: readonly HaproxyEntry[];
  readonly probes: readonly RuleInput[];
}

/** Something that is allowed and probably not meant. */
export interface ConfigWarning {
  readonly at: FileLocation;
  readonly path: Path;
  /** Continues the path: `never counts: …`. */
  readonly message: string;
}
