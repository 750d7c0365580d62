import { dirname, isAbsolute, resolve } from "node:path";
import type { Environment } from "./environment.ts";
import { errorCode, type ReadFile, readFault } from "./find-file.ts";

/** A file that the configuration names. */
export interface RelatedFile {
  readonly path: string;
  /** Why it cannot be read now; null if it can. */
  readonly fault: string | null;
}

/** Gives the path of the file that a key of an entry names. */
export type FileOf = (name: string, key: string) => string;

/** Finds a file that the configuration names: absolute as it is, else in `$CREDENTIALS_DIRECTORY`, else beside the configuration file. Its text is read and thrown away: it may be a secret. */
export function relatedFile(name: string, configFile: string, env: Environment, readFile: ReadFile): RelatedFile {
  const credentials = env.CREDENTIALS_DIRECTORY;
  if (credentials && !isAbsolute(name)) {
    const path = resolve(credentials, name);
    if (faultOf(path, readFile) === null) return { path, fault: null };
  }
  const path = resolve(dirname(configFile), name);
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
