import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/** A file as it was last seen. */
export type FileState =
  | { readonly kind: "content"; readonly text: string }
  | { readonly kind: "unreadable"; readonly detail: string };

/** Reads small files, and reads them again once they were replaced or changed. */
export interface WatchedFiles {
  /** At most a second old. Never rejects. */
  read(path: string): Promise<FileState>;
}

interface Entry {
  lookedAt: number;
  /** Which file, and which state of it, `state` was read from. */
  mark: string;
  state: FileState;
  looking: Promise<FileState> | null;
}

/** More than any configuration names; a limit all the same. */
const FILES_MAX = 1_000;

/** Makes the memory of files: one text per path. */
export function watchFiles(clock: Clock): WatchedFiles {
  const entries = new Map<string, Entry>();
  const entryOf = (path: string): Entry => {
    const known = entries.get(path);
    if (known) return known;
    if (entries.size >= FILES_MAX) entries.clear();
    const state: FileState = { kind: "unreadable", detail: "not read yet" };
    const fresh: Entry = { lookedAt: -Infinity, mark: "", state, looking: null };
    entries.set(path, fresh);
    return fresh;
  };
  return {
    async read(path) {
      const entry = entryOf(path);
      if (entry.looking) return entry.looking;
      if (clock.now() - entry.lookedAt < BOUNDS.probeFileLookEveryMs) return entry.state;
      entry.looking = look(path, entry).finally(() => {
        entry.looking = null;
        entry.lookedAt = clock.now();
      });
      return entry.looking;
    },
  };
}

async function look(path: string, entry: Entry): Promise<FileState> {
  try {
    // Not blocking, for a FIFO in place of a file must not hold a thread.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) throw new Error("it is not a regular file");
    const mark = `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}`;
    if (mark !== entry.mark) {
      entry.state = { kind: "content", text: await readBounded(file) };
      entry.mark = mark;
    }
  } catch (error) {
    entry.mark = "";
    entry.state = { kind: "unreadable", detail: error instanceof Error ? error.message : String(error) };
  }
  return entry.state;
}

async function readBounded(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(BOUNDS.probeFileMaxBytes + 1);
  let bytes = 0;
  while (bytes < buffer.length) {
    const { bytesRead } = await file.read(buffer, bytes, buffer.length - bytes, bytes);
    if (bytesRead === 0) return buffer.toString("utf8", 0, bytes);
    bytes += bytesRead;
  }
  throw new Error(`it is larger than ${BOUNDS.probeFileMaxBytes} bytes`);
}
