import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { matchesGlob } from "../match.ts";
import type { FileLocation } from "./config-file.ts";
import { errorCode, type ReadFolder, readErrorText } from "./find-config-file.ts";
import type { FilePaths } from "./parse-config.ts";

/** The files that a name or a pattern stands for. */
export interface MatchedFiles {
  /** Sorted by name. A plain name gives its file, whether that exists or not. */
  readonly files: readonly FilePaths[];
  /** Absolute paths of the folders in which a matching file may be added. */
  readonly folders: readonly string[];
  /** The warning where no file matches. */
  readonly noMatchText: string;
}

/** Finds the files that `file: instances/*.yaml` in the file `at` names, relative to it. Only the last part of a pattern may hold `*` and `?`. Patterns match no hidden files. */
export function matchFiles(name: string, at: FileLocation, readFolder: ReadFolder): MatchedFiles {
  const path = resolve(dirname(at.filePath), name);
  const shown = isAbsolute(name) ? path : join(dirname(at.file), relative(dirname(at.filePath), path));
  const { scope } = at;
  const pattern = basename(path);
  if (!/[*?]/.test(pattern)) return { files: [{ file: shown, filePath: path, scope }], folders: [], noMatchText: "" };
  const folder = dirname(path);
  try {
    const names = readFolder(folder).filter((each) => !each.startsWith(".") && matchesGlob(pattern, each));
    return {
      files: names
        .toSorted()
        .map((each) => ({ file: join(dirname(shown), each), filePath: join(folder, each), scope })),
      folders: [folder],
      noMatchText: `names ${path}, which no file matches`,
    };
  } catch (error) {
    return {
      files: [],
      folders: [folder],
      noMatchText: `names ${path}; its folder cannot be read: ${readErrorText(errorCode(error))}`,
    };
  }
}
