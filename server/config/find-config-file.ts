import { basename, dirname, resolve } from "node:path";
import type { Environment } from "./environment.ts";
import { nearestWord } from "./nearest-word.ts";

/** Gives the text of a file; throws like `readFileSync`, with a `code`. */
export type ReadFile = (path: string) => string;

/** Gives the names in a folder; throws like `readdirSync`, with a `code`. */
export type ReadFolder = (path: string) => readonly string[];

/** The world in which the files of a configuration are. */
export interface ConfigIo {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly readFolder: ReadFolder;
}

/** The configuration file that counts. */
export type ConfigFileLookup =
  | { readonly kind: "found"; readonly path: string; readonly text: string }
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly path: string; readonly message: string };

const NAME = "haprobe.yaml";

/** Reads the file that was asked for, or the first that exists of `$CONFIGURATION_DIRECTORY`, `/etc/haprobe` and `$XDG_CONFIG_HOME/haprobe`. One that exists and cannot be read is never passed over. */
export function findConfigFile(asked: string | null, world: ConfigIo, cwd: string): ConfigFileLookup {
  if (asked !== null) {
    const path = resolve(cwd, asked);
    const found = tryFile(path, world.readFile);
    return found.kind === "none"
      ? { kind: "unreadable", path, message: missingFileText(path, world.readFolder) }
      : found;
  }
  for (const path of defaultConfigPaths(world.env, cwd)) {
    const found = tryFile(path, world.readFile);
    if (found.kind !== "none") return found;
  }
  return { kind: "none" };
}

/** Where the configuration file is looked for if none is named, the first choice first. */
export function defaultConfigPaths(env: Environment, cwd: string): string[] {
  // systemd puts a colon between several.
  const systemd = (env.CONFIGURATION_DIRECTORY ?? "").split(":").filter((folder) => folder !== "");
  const home = env.XDG_CONFIG_HOME || (env.HOME ? `${env.HOME}/.config` : "");
  const folders = [...systemd, "/etc/haprobe", ...(home === "" ? [] : [`${home}/haprobe`])];
  return folders.map((folder) => resolve(cwd, folder, NAME));
}

function missingFileText(path: string, readFolder: ReadFolder): string {
  const nothing = "there is no such file";
  try {
    // A link that leads nowhere has the right name, and is not there all the same.
    const others = readFolder(dirname(path)).filter((name) => /\.ya?ml$/i.test(name) && name !== basename(path));
    const near = nearestWord(basename(path), others);
    return near === null ? nothing : `${nothing}; did you mean ${near}?`;
  } catch {
    return nothing;
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

/** Why a file cannot be read, in words. */
export function readErrorText(code: string): string {
  if (code === "EACCES" || code === "EPERM") return "it must not be read by this user";
  if (code === "EISDIR") return "it is a folder";
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
  return `it cannot be read${code === "" ? "" : ` (${code})`}`;
}
