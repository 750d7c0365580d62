import { closeSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BOUNDS } from "../bounds.ts";
import { openScopedSync } from "../scoped-files.ts";
import type { ConfigIo } from "./find-config-file.ts";

/** The files of this machine. */
export const fileSystem: Required<Omit<ConfigIo, "env">> = {
  readFile,
  readFolder: (path) => readdirSync(path),
  realPath,
  statusOf(path) {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return null;
    return { isSocket: status.isSocket(), isFolder: status.isDirectory(), mode: status.mode };
  },
};

/** Reads a regular file of bounded size as UTF-8. It is opened non-blocking, since a FIFO would block the process. */
function readFile(path: string, folders: readonly string[] | null = null): string {
  const file = openScopedSync(path, folders);
  try {
    const buffer = Buffer.alloc(BOUNDS.configFileMaxBytes + 1);
    let bytes = 0;
    while (bytes < buffer.length) {
      const read = readSync(file, buffer, bytes, buffer.length - bytes, bytes);
      if (read === 0) return buffer.toString("utf8", 0, bytes);
      bytes += read;
    }
    throw systemError("EFBIG");
  } finally {
    closeSync(file);
  }
}

/** The path without symbolic links; for a file that does not exist, that of its folder. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
