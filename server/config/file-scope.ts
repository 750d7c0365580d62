import { resolve } from "node:path";
import type { ConfigIo } from "./find-config-file.ts";

/** What a file of the configuration may use; null: anything. */
export interface FileScope {
  /** Names of environment variables. */
  readonly variables: readonly string[] | null;
  /** Absolute paths of the folders below which the files lie that it may name. */
  readonly folders: readonly string[] | null;
}

/** The scope of the main file and of the files that it names. */
export const FULL_SCOPE: FileScope = { variables: null, folders: null };

/** The scope of files in `folder`, with the folders that the main file, in `mainFolder`, adds by `conf-d`. */
export function dropInScope(
  folder: string,
  mainFolder: string,
  { variables, folders }: { readonly variables: readonly string[]; readonly folders: readonly string[] },
): FileScope {
  return { variables, folders: [folder, ...folders.map((name) => resolve(mainFolder, name))] };
}

/** True if the scope permits this absolute path, after its symbolic links. */
export function isInScope(path: string, { folders }: FileScope, { realPath = (same) => same }: ConfigIo): boolean {
  if (folders === null) return true;
  const real = realPath(path);
  return folders.some((folder) => real.startsWith(`${realPath(folder)}/`));
}
