import type { RuleSettings } from "../contract/settings.ts";
import type { Path, Position } from "./document.ts";
import type { FileScope } from "./file-scope.ts";
import type { HaproxyEntry } from "./instance-schema.ts";

/** A file that was read, for the positions in errors and warnings and for the files that it names. */
export interface FileLocation {
  /** The file as it is shown. */
  readonly file: string;
  /** Its absolute path. */
  readonly filePath: string;
  /** What it may use. */
  readonly scope: FileScope;
  positionOf(path: Path): Position;
}

/** The location of an entry of `haproxy:` or `probes:`. */
export interface EntryLocation extends FileLocation {
  readonly path: Path;
}

/** The lists of one file: the main file, or a file of `conf.d`. */
export interface ConfigFile {
  readonly at: FileLocation;
  readonly haproxy: readonly HaproxyEntry[];
  readonly probes: readonly RuleSettings[];
}

/** Something that is allowed and probably not meant. */
export interface ConfigWarning {
  readonly at: FileLocation;
  readonly path: Path;
  /** Continues the path: `never counts: …`. */
  readonly message: string;
}
