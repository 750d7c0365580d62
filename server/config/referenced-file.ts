import { dirname, isAbsolute, resolve } from "node:path";
import { type ConfigIo, errorCode, type ReadFile, readErrorText } from "./find-config-file.ts";

/** A file that the configuration names. */
export interface ReferencedFile {
  readonly path: string;
  /** Why it cannot be read now; null if it can. */
  readonly error: string | null;
}

/** Gives the path of the file that a key of an entry names; null for no name. */
export type ResolveKeyFile = (name: string | null, key: string) => string | null;

/** Finds a file that the configuration names: absolute as it is, else in `$CREDENTIALS_DIRECTORY`, else beside the file that names it. It is only tried whether it can be read. */
export function resolveReferencedFile(
  name: string,
  namedIn: string,
  { env, readFile }: Pick<ConfigIo, "env" | "readFile">,
): ReferencedFile {
  const credentials = env.CREDENTIALS_DIRECTORY;
  if (credentials && !isAbsolute(name)) {
    const path = resolve(credentials, name);
    if (readError(path, readFile) === null) return { path, error: null };
  }
  const path = resolve(dirname(namedIn), name);
  return { path, error: readError(path, readFile) };
}

function readError(path: string, readFile: ReadFile): string | null {
  try {
    readFile(path);
    return null;
  } catch (error) {
    return readErrorText(errorCode(error));
  }
}
