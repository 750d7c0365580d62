import { dirname, isAbsolute, resolve } from "node:path";
import type { FileLocation } from "./config-file.ts";
import { isInScope } from "./file-scope.ts";
import { type ConfigIo, errorCode, type ReadFile, readErrorText } from "./find-config-file.ts";

/** A file that the configuration names. */
export interface ReferencedFile {
  readonly path: string;
  /** True if the file that names it may name it. */
  readonly isAllowed: boolean;
  /** Why it cannot be read now; null if it can, or if it may not be named. */
  readonly error: string | null;
}

/** Gives the path of the file that a key of an entry names; null for no name. */
export type ResolveKeyFile = (name: string | null, key: string) => string | null;

/** Finds a file that the file `at` names: an absolute path as it is, else in `$CREDENTIALS_DIRECTORY`, else beside `at`. It is only tried whether it can be read. */
export function resolveReferencedFile(name: string, at: FileLocation, io: ConfigIo): ReferencedFile {
  const credentials = io.env.CREDENTIALS_DIRECTORY;
  if (credentials && !isAbsolute(name)) {
    const path = resolve(credentials, name);
    if (isInScope(path, at.scope, io) && readError(path, at, io.readFile) === null) {
      return { path, isAllowed: true, error: null };
    }
  }
  const path = resolve(dirname(at.filePath), name);
  const isAllowed = isInScope(path, at.scope, io);
  return { path, isAllowed, error: isAllowed ? readError(path, at, io.readFile) : null };
}

function readError(path: string, { scope }: FileLocation, readFile: ReadFile): string | null {
  try {
    readFile(path, scope.folders);
    return null;
  } catch (error) {
    return readErrorText(errorCode(error));
  }
}
