import { resolve } from "node:path";
import type { Environment } from "./environment.ts";

/** Gives the text of a file; throws like `readFileSync`, with a `code`. */
export type ReadFile = (path: string) => string;

/** The configuration file that counts. */
export type FoundFile =
  | { readonly kind: "found"; readonly path: string; readonly text: string }
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly path: string; readonly message: string };

const NAME = "haprobe.yaml";

/** Reads the file that was asked for, or the first that exists of `$CONFIGURATION_DIRECTORY`, `/etc/haprobe` and `$XDG_CONFIG_HOME/haprobe`. One that exists and cannot be read is never passed over. */
export function findFile(asked: string | null, env: Environment, readFile: ReadFile, cwd: string): FoundFile {
  if (asked !== null) {
    const path = resolve(cwd, asked);
    const found = tryFile(path, readFile);
    return found.kind === "none" ? { kind: "unreadable", path, message: "there is no such file" } : found;
  }
  for (const folder of usualFolders(env)) {
    const found = tryFile(resolve(cwd, folder, NAME), readFile);
    if (found.kind !== "none") return found;
  }
  return { kind: "none" };
}

function usualFolders(env: Environment): string[] {
  // systemd puts a colon between several.
  const systemd = (env.CONFIGURATION_DIRECTORY ?? "").split(":").filter((folder) => folder !== "");
  const home = env.XDG_CONFIG_HOME || (env.HOME ? `${env.HOME}/.config` : "");
  return [...systemd, "/etc/haprobe", ...(home === "" ? [] : [`${home}/haprobe`])];
}

function tryFile(path: string, readFile: ReadFile): FoundFile {
  try {
    return { kind: "found", path, text: readFile(path) };
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "none" };
    return { kind: "unreadable", path, message: readFault(code) };
  }
}

/** The code of a failed system call; empty for any other error. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Why a file cannot be read, in words. */
export function readFault(code: string): string {
  if (code === "EACCES" || code === "EPERM") return "it must not be read by this user";
  if (code === "EISDIR") return "it is a folder";
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
  return `it cannot be read${code === "" ? "" : ` (${code})`}`;
}
