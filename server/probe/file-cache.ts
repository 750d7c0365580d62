import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { readBounded, ScopedFiles } from "../scoped-files.ts";

/** The last known content of a file. */
export type FileState =
  | { readonly kind: "content"; readonly text: string }
  | { readonly kind: "unreadable"; readonly detail: string };

/** Contents of small files, read again when a file changes. */
export interface FileCache {
  /** Whether it was checked within the last second. */
  isFresh(path: string): boolean;
  /** The content at the last check; the same object as long as the file is unchanged. */
  get(path: string): FileState;
  /** Checks the file unless it is fresh. Never rejects. */
  refresh(path: string): Promise<void>;
}

interface CacheEntry {
  checkedAt: number;
  /** Identity, times and size of the file that `state` was read from. */
  fingerprint: string;
  state: FileState;
  refreshing: Promise<void> | null;
}

/** At this size entries are evicted that no running probe can need. */
const FILES_MAX = 1_000;

/** Creates an empty cache. */
export function createFileCache(clock: Clock, files: ScopedFiles = new ScopedFiles()): FileCache {
  const entries = new Map<string, CacheEntry>();
  const entryOf = (path: string): CacheEntry => {
    const cached = entries.get(path);
    if (cached) return cached;
    if (entries.size >= FILES_MAX) evictStale();
    const created: CacheEntry = { checkedAt: -Infinity, fingerprint: "", state: UNREAD, refreshing: null };
    entries.set(path, created);
    return created;
  };
  const evictStale = (): void => {
    for (const [path, { checkedAt, refreshing }] of entries) {
      if (refreshing === null && clock.now() - checkedAt > BOUNDS.timeoutMaxMs) entries.delete(path);
    }
  };
  const isFresh = ({ checkedAt }: CacheEntry): boolean => clock.now() - checkedAt < BOUNDS.probeFileCheckEveryMs;
  return {
    isFresh(path) {
      const entry = entries.get(path);
      return entry !== undefined && isFresh(entry);
    },
    get: (path) => entries.get(path)?.state ?? UNREAD,
    async refresh(path) {
      const entry = entryOf(path);
      if (entry.refreshing === null && isFresh(entry)) return;
      entry.refreshing ??= readEntry(path, entry, files).finally(() => {
        entry.refreshing = null;
        entry.checkedAt = clock.now();
      });
      await entry.refreshing;
    },
  };
}

const UNREAD: FileState = { kind: "unreadable", detail: "not read yet" };

async function readEntry(path: string, entry: CacheEntry, files: ScopedFiles): Promise<void> {
  try {
    await using file = await files.open(path);
    const stat = await file.stat({ bigint: true });
    const fingerprint = `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}`;
    if (fingerprint !== entry.fingerprint) {
      entry.state = { kind: "content", text: await readBounded(file, BOUNDS.probeFileMaxBytes) };
      entry.fingerprint = fingerprint;
    }
  } catch (error) {
    entry.fingerprint = "";
    entry.state = { kind: "unreadable", detail: error instanceof Error ? error.message : String(error) };
  }
}
