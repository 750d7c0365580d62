import { isUtf8 } from "node:buffer";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ConfigFile } from "../advise/config-file.ts";
import { BOUNDS } from "../bounds.ts";

/** The path that stands for standard input. */
export const STANDARD_INPUT = "-";

/** A file with the encoding in which it is written again. */
export interface LintFile extends ConfigFile {
  readonly encoding: "utf8" | "latin1";
}

export type ReadResult =
  | { readonly kind: "read"; readonly files: readonly LintFile[] }
  | { readonly kind: "unreadable"; readonly message: string };

/** Reads files in the order that HAProxy does: as they are named, and of a folder those that end in `.cfg`, by name. */
export function readLintFiles(paths: readonly string[]): ReadResult {
  const files: LintFile[] = [];
  for (const path of paths) {
    try {
      for (const file of expandFolder(path)) {
        if (files.length === BOUNDS.lintFilesMax) return unreadable(path, `more than ${BOUNDS.lintFilesMax} files`);
        files.push(readFile(file));
      }
    } catch (error) {
      return unreadable(path, messageOf(error));
    }
  }
  return { kind: "read", files };
}

function unreadable(path: string, message: string): ReadResult {
  return { kind: "unreadable", message: `${path}: ${message}` };
}

function expandFolder(path: string): readonly string[] {
  if (path === STANDARD_INPUT || !statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith(".cfg") && !name.startsWith("."));
  return names.toSorted((left, right) => (left < right ? -1 : 1)).map((name) => join(path, name));
}

/** Comments in Latin-1 are kept byte by byte. */
function readFile(path: string): LintFile {
  const bytes = readBytes(path);
  const encoding = isUtf8(bytes) ? "utf8" : "latin1";
  return { path, text: bytes.toString(encoding), encoding };
}

function readBytes(path: string): Buffer {
  const file = path === STANDARD_INPUT ? 0 : openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for (;;) {
      const chunk = Buffer.alloc(BOUNDS.lintReadBytes);
      const read = readSync(file, chunk, 0, chunk.length, null);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      size += read;
      if (size > BOUNDS.lintFileMaxBytes) throw new Error(`larger than ${BOUNDS.lintFileMaxBytes} bytes`);
    }
  } finally {
    if (path !== STANDARD_INPUT) closeSync(file);
  }
}

/** Replaces a file at once, with the owner and mode that it has; returns an error message, or null. */
export function writeLintFile(path: string, text: string, encoding: LintFile["encoding"]): string | null {
  try {
    const target = realpathSync(path);
    const temporary = join(dirname(target), `.${basename(target)}.haprobe-${process.pid}`);
    const file = openSync(temporary, "wx", 0o600);
    try {
      const { uid, gid, mode } = statSync(target);
      writeFileSync(file, text, encoding);
      fchownSync(file, uid, gid);
      fchmodSync(file, mode);
      renameSync(temporary, target);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    } finally {
      closeSync(file);
    }
    return null;
  } catch (error) {
    return `${path}: ${messageOf(error)}`;
  }
}

function messageOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
