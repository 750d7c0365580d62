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
export interface FileCache {
  /** Whether it was looked at within the last second. */
  isFresh(path: string): boolean;
  /** What it held when it was looked at last, the same object for as long as that is the same content. */
  get(path: string): FileState;
  /** Looks at it where that was not done lately. Never rejects. */
  refresh(path: string): Promise<void>;
}

interface CacheEntry {
  checkedAt: number;
  /** Which file, and which state of it, `state` was read from. */
  fingerprint: string;
  state: FileState;
  refreshing: Promise<void> | null;
}

/** From so many on, those are forgotten that no probe can be waiting for any more. */
const FILES_MAX = 1_000;

/** Makes the memory of files: one text per path. */
export function createFileCache(clock: Clock): FileCache {
  const entries = new Map<string, CacheEntry>();
  const entryOf = (path: string): CacheEntry => {
    const known = entries.get(path);
    if (known) return known;
    if (entries.size >= FILES_MAX) forgetOld();
    const fresh: CacheEntry = { checkedAt: -Infinity, fingerprint: "", state: UNREAD, refreshing: null };
    entries.set(path, fresh);
    return fresh;
  };
  const forgetOld = (): void => {
    for (const [path, { checkedAt: lookedAt, refreshing: looking }] of entries) {
      if (looking === null && clock.now() - lookedAt > BOUNDS.timeoutMaxMs) entries.delete(path);
    }
  };
  const isFresh = ({ checkedAt: lookedAt }: CacheEntry): boolean =>
    clock.now() - lookedAt < BOUNDS.probeFileCheckEveryMs;
  return {
    isFresh(path) {
      const entry = entries.get(path);
      return entry !== undefined && isFresh(entry);
    },
    get: (path) => entries.get(path)?.state ?? UNREAD,
    async refresh(path) {
      const entry = entryOf(path);
      if (entry.refreshing === null && isFresh(entry)) return;
      entry.refreshing ??= readEntry(path, entry).finally(() => {
        entry.refreshing = null;
        entry.checkedAt = clock.now();
      });
      await entry.refreshing;
    },
  };
}

const UNREAD: FileState = { kind: "unreadable", detail: "not read yet" };

async function readEntry(path: string, entry: CacheEntry): Promise<void> {
  try {
    // Not blocking, for a FIFO in place of a file must not hold a thread.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) throw new Error("it is not a regular file");
    const mark = `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}`;
    if (mark !== entry.fingerprint) {
      entry.state = { kind: "content", text: await readBounded(file) };
      entry.fingerprint = mark;
    }
  } catch (error) {
    entry.fingerprint = "";
    entry.state = { kind: "unreadable", detail: error instanceof Error ? error.message : String(error) };
  }
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
