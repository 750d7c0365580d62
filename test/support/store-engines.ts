import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreLocation } from "../../server/store/open-store.ts";

/** An engine that the contract of the store is tested on. */
export interface StoreEngine {
  readonly name: string;
  /** A database of its own, still empty; `remove` ends it. */
  create(): Promise<{ readonly location: StoreLocation; readonly remove: () => Promise<void> }>;
}

const SQLITE: StoreEngine = {
  name: "SQLite",
  create: async () => {
    const directory = mkdtempSync(join(tmpdir(), "haprobe-store-"));
    return {
      location: { kind: "sqlite", directory },
      remove: async () => rmSync(directory, { recursive: true, force: true }),
    };
  },
};

export const STORE_ENGINES: readonly StoreEngine[] = [SQLITE];
