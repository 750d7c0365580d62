import { basename, dirname, resolve } from "node:path";
import { BOUNDS } from "../bounds.ts";
import type { Environment } from "./environment.ts";
import { nearestWord } from "./nearest-word.ts";

/** Gives the text of a file, which has to lie below one of `folders` if there are any; throws like `readFileSync`, with a `code`. */
export type ReadFile = (path: string, folders?: readonly string[] | null) => string;

/** Gives the names in a folder; throws like `readdirSync`, with a `code`. */
export type ReadFolder = (path: string) => readonly string[];

/** Access to the files and variables of a configuration. */
export interface ConfigIo {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly readFolder: ReadFolder;
  /** Resolves symbolic links; without it there are none. */
  readonly realPath?: (path: string) => string;
  /** Null for a path that does not exist; without it the kind and the mode of files are not checked. */
  readonly statusOf?: (path: string) => FileStatus | null;
}

/** What is checked of a named file besides its content. */
export interface FileStatus {
  readonly isSocket: boolean;
  readonly isFolder: boolean;
  /** Permission bits of `stat`. */
  readonly mode: number;
}

/** The configuration file that is used. */
export type ConfigFileLookup =
  | { readonly kind: "found"; readonly path: string; readonly text: string }
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly path: string; readonly message: string };

const NAME = "haprobe.yaml";

/** Reads the given file, or the first that exists in `$CONFIGURATION_DIRECTORY`, `/etc/haprobe` and `$XDG_CONFIG_HOME/haprobe`. A file that exists and cannot be read is an error; the next path is not tried. */
export function findConfigFile(given: string | null, io: ConfigIo, cwd: string): ConfigFileLookup {
  if (given !== null) {
    const path = resolve(cwd, given);
    const found = tryFile(path, io.readFile);
    return found.kind === "none" ? { kind: "unreadable", path, message: missingFileText(path, io.readFolder) } : found;
  }
  for (const path of defaultConfigPaths(io.env, cwd)) {
    const found = tryFile(path, io.readFile);
    if (found.kind !== "none") return found;
  }
  return { kind: "none" };
}

/** The paths that are tried in this order where no file is given. */
export function defaultConfigPaths(env: Environment, cwd: string): string[] {
  // systemd puts a colon between several.
  const systemd = (env.CONFIGURATION_DIRECTORY ?? "").split(":").filter((folder) => folder !== "");
  const home = env.XDG_CONFIG_HOME || (env.HOME ? `${env.HOME}/.config` : "");
  const folders = [...systemd, "/etc/haprobe", ...(home === "" ? [] : [`${home}/haprobe`])];
  return folders.map((folder) => resolve(cwd, folder, NAME));
}

function missingFileText(path: string, readFolder: ReadFolder): string {
  const missing = "no such file";
  try {
    // A broken link has the right name and cannot be read.
    const others = readFolder(dirname(path)).filter((name) => /\.ya?ml$/i.test(name) && name !== basename(path));
    const near = nearestWord(basename(path), others);
    return near === null ? missing : `${missing}; did you mean ${near}?`;
  } catch {
    return missing;
  }
}

function tryFile(path: string, readFile: ReadFile): ConfigFileLookup {
  try {
    return { kind: "found", path, text: readFile(path) };
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "none" };
    return { kind: "unreadable", path, message: readErrorText(code) };
  }
}

/** The code of a failed system call; empty for any other error. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The reason for which a file cannot be read. */
export function readErrorText(code: string): string {
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EOUTOFSCOPE") return "it leads out of its folder; expected one below conf-d.folders of the main file";
  if (code === "ENOTREG") return "it is no regular file";
  if (code === "EFBIG") return `it is larger than ${BOUNDS.configFileMaxBytes} bytes`;
  if (code === "ENOENT" || code === "ENOTDIR") return "no such file";
  return `it cannot be read${code === "" ? "" : ` (${code})`}`;
}
