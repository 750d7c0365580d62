import { constants, fstatSync, lstatSync, openSync, closeSync, realpathSync } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";

/** Folders below which files have to lie, by the path of the file; a path that is missing here may lie anywhere. */
export type FileScopes = ReadonlyMap<string, readonly string[]>;

// Non-blocking, because a FIFO would block a thread of the pool, or the process.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens files that the configuration names. Symbolic links are followed only within the scope, whatever they were when
 * the configuration was loaded: the open file has to be the one that its path without links leads to.
 */
export class ScopedFiles {
  #scopes: FileScopes;

  constructor(scopes: FileScopes = new Map()) {
    this.#scopes = scopes;
  }

  /** Replaces the scopes; a new configuration has others. */
  replace(scopes: FileScopes): void {
    this.#scopes = scopes;
  }

  /** Opens a regular file for reading; rejects with the error of the system, or with one that says what is wrong. */
  async open(path: string): Promise<FileHandle> {
    const folders = this.#scopes.get(path) ?? null;
    const file = await open(path, FLAGS);
    try {
      const opened = await file.stat();
      if (!opened.isFile()) throw new Error("it is not a regular file");
      if (folders !== null) {
        const [real, ...realFolders] = await Promise.all(
          [path, ...folders].map((each) => realpath(each).catch(() => each)),
        );
        const target = await lstat(real ?? path);
        if (!isWithin(real ?? path, realFolders) || !isSameFile(opened, target)) throw outOfScopeError();
      }
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

/** The text of an open file from its start on; rejects for more than `maxBytes`, whatever size the file says that it has. */
export async function readBounded(file: FileHandle, maxBytes: number): Promise<string> {
  const buffer = Buffer.alloc(maxBytes + 1);
  let bytes = 0;
  while (bytes < buffer.length) {
    const { bytesRead } = await file.read(buffer, bytes, buffer.length - bytes, bytes);
    if (bytesRead === 0) return buffer.toString("utf8", 0, bytes);
    bytes += bytesRead;
  }
  throw new Error(`it is larger than ${maxBytes} bytes`);
}

/** The text of a regular file that may lie anywhere; rejects for more than `maxBytes`. */
export async function readFileText(path: string, maxBytes: number): Promise<string> {
  await using file = await new ScopedFiles().open(path);
  return await readBounded(file, maxBytes);
}

/** Opens a file below one of the folders, or anywhere where there are none, for reading; throws like `ScopedFiles.open`. The caller closes it. */
export function openScopedSync(path: string, folders: readonly string[] | null): number {
  const file = openSync(path, FLAGS);
  try {
    const opened = fstatSync(file);
    if (!opened.isFile()) throw systemError(opened.isDirectory() ? "EISDIR" : "ENOTREG");
    if (folders !== null) {
      const real = realpathSync(path);
      if (!isWithin(real, folders.map(realPath)) || !isSameFile(opened, lstatSync(real))) throw outOfScopeError();
    }
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isWithin(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder === "/" ? folder : `${folder}/`));
}

function isSameFile(a: { dev: number; ino: number }, b: { dev: number; ino: number }): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

function outOfScopeError(): Error {
  return Object.assign(new Error("it leads out of the folders that its file of conf.d may name"), {
    code: "EOUTOFSCOPE",
  });
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
