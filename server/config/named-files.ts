import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { matchesGlob } from "../match.ts";
import type { FilePlace } from "./config-part.ts";
import { errorCode, type ReadFolder, readFault } from "./find-file.ts";
import type { FileName } from "./read-config.ts";

/** The files that a name or a pattern stands for. */
export interface NamedFiles {
  /** Sorted by name. A plain name stands for its file, whether that is there or not. */
  readonly files: readonly FileName[];
  /** Absolute paths of the folders in which more may come. */
  readonly folders: readonly string[];
  /** What to say where there is none. */
  readonly nothing: string;
}

/** Finds what `file: instances/*.yaml` in the file `at` names, relative to it. Only the last part of a pattern may hold `*` and `?`; hidden files need their own name. */
export function namedFiles(name: string, at: FilePlace, readFolder: ReadFolder): NamedFiles {
  const path = resolve(dirname(at.filePath), name);
  const shown = isAbsolute(name) ? path : join(dirname(at.file), relative(dirname(at.filePath), path));
  const pattern = basename(path);
  if (!/[*?]/.test(pattern)) return { files: [{ file: shown, filePath: path }], folders: [], nothing: "" };
  const folder = dirname(path);
  try {
    const names = readFolder(folder).filter((each) => !each.startsWith(".") && matchesGlob(pattern, each));
    return {
      files: names.toSorted().map((each) => ({ file: join(dirname(shown), each), filePath: join(folder, each) })),
      folders: [folder],
      nothing: `names ${path}, which no file matches`,
    };
  } catch (error) {
    return {
      files: [],
      folders: [folder],
      nothing: `names ${path}, and of the folder: ${readFault(errorCode(error))}`,
    };
  }
}
