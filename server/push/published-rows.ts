import { isDeepStrictEqual } from "node:util";
import type { ServerKey } from "../contract/server-key.ts";
import type { ServerStatus } from "../contract/status.ts";

/** The published rows, and the turns in which their counters are refreshed. */
export interface PublishedRows {
  readonly size: number;
  has(key: ServerKey): boolean;
  /** False where the row equals the stored one. */
  differs(row: ServerStatus): boolean;
  put(row: ServerStatus): void;
  /** False where there is no such row. */
  remove(key: ServerKey): boolean;
  /** Keys of the next rows to refresh, in turn: at most `mismatches` with a mismatch and `others` without. */
  takeRefreshKeys(mismatches: number, others: number): ServerKey[];
  /** All rows in the order of `keys`, rows without a key there last. */
  sortedBy(keys: Iterable<ServerKey>): ServerStatus[];
}

export function createPublishedRows(): PublishedRows {
  const rows = new Map<ServerKey, ServerStatus>();
  const mismatched = new Set<ServerKey>();
  const mismatchedTurns = createRoundRobin(mismatched);
  const allTurns = createRoundRobin({ keys: () => rows.keys() });

  return {
    get size() {
      return rows.size;
    },
    has: (key) => rows.has(key),
    differs(row) {
      const kept = rows.get(row.key);
      return kept === undefined || (kept !== row && !isDeepStrictEqual(kept, row));
    },
    put(row) {
      rows.set(row.key, row);
      if (row.phase === null) mismatched.delete(row.key);
      else mismatched.add(row.key);
    },
    remove(key) {
      mismatched.delete(key);
      return rows.delete(key);
    },
    takeRefreshKeys(mismatches, others) {
      const first = mismatchedTurns(Math.min(mismatches, mismatched.size));
      return [...first, ...allTurns(Math.min(others, rows.size)).filter((key) => !mismatched.has(key))];
    },
    sortedBy(keys) {
      const ordered: ServerStatus[] = [];
      const seen = new Set<ServerKey>();
      for (const key of keys) {
        const row = rows.get(key);
        if (row === undefined || seen.has(key)) continue;
        seen.add(key);
        ordered.push(row);
      }
      if (seen.size < rows.size) for (const [key, row] of rows) if (!seen.has(key)) ordered.push(row);
      return ordered;
    },
  };
}

/** Cycles through the keys of a changing collection; a call for at most its size has no key twice. */
function createRoundRobin(collection: { keys(): IterableIterator<ServerKey> }): (count: number) => ServerKey[] {
  let turn = collection.keys();
  return (count) => {
    const taken: ServerKey[] = [];
    while (taken.length < count) {
      let next = turn.next();
      if (next.done === true) {
        turn = collection.keys();
        next = turn.next();
        if (next.done === true) break;
      }
      taken.push(next.value);
    }
    return taken;
  };
}
