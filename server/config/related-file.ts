import { dirname, isAbsolute, resolve } from "node:path";
import { type ConfigWorld, errorCode, type ReadFile, readFault } from "./find-file.ts";

/** A file that the configuration names. */
export interface RelatedFile {
  readonly path: string;
  /** Why it cannot be read now; null if it can. */
  readonly fault: string | null;
}

/** Gives the path of the file that a key of an entry names. */
export type FileOf = (name: string, key: string) => string;

/** Finds a file that the configuration names: absolute as it is, else in `$CREDENTIALS_DIRECTORY`, else beside the file that names it. Its text is read and thrown away: it may be a secret. */
export function relatedFile(
  name: string,
  namedIn: string,
  { env, readFile }: Pick<ConfigWorld, "env" | "readFile">,
): RelatedFile {
  const credentials = env.CREDENTIALS_DIRECTORY;
  if (credentials && !isAbsolute(name)) {
    const path = resolve(credentials, name);
    if (faultOf(path, readFile) === null) return { path, fault: null };
  }
  const path = resolve(dirname(namedIn), name);
  return { path, fault: faultOf(path, readFile) };
}

function faultOf(path: string, readFile: ReadFile): string | null {
  try {
    readFile(path);
    return null;
  } catch (error) {
    return readFault(errorCode(error));
  }
}
