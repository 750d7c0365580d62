import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { lockDirectory } from "./directory-lock.ts";

/** What a data directory remembers of the haprobe that uses it. */
export interface Identity {
  /** Names its log in the store. */
  readonly logId: string;
  readonly vantage: string;
  /** The name before the last change of `vantage:`, whose incidents go on under the new one. */
  readonly formerVantage: string | null;
}

/** A data directory that this process has locked. */
export interface DataDirectory extends Disposable {
  readonly folder: string;
  readonly identity: Identity;
  /** Begins another log, and remembers it. */
  replaceLog(): Identity;
}

const identitySchema = z.object({
  logId: z.uuid(),
  vantage: z.string().min(1).max(253),
  formerVantage: z.string().max(253).nullable(),
});

/**
 * Locks the folder and reads or makes its identity. The vantage is `wanted`, else the remembered one, else `fallback`.
 * Throws HAPROBE_DATA_DIR_LOCKED, and errors of the file system as they come.
 */
export function openDataDirectory(folder: string, wanted: string | null, fallback: string): DataDirectory {
  const unlock = lockDirectory(folder);
  const file = join(folder, "identity.json");
  try {
    const remembered = readIdentity(file);
    let identity = identityFor(remembered, wanted, fallback);
    if (identity !== remembered) writeIdentity(file, identity);
    return {
      folder,
      get identity() {
        return identity;
      },
      replaceLog() {
        identity = { ...identity, logId: randomUUID() };
        writeIdentity(file, identity);
        return identity;
      },
      [Symbol.dispose]: unlock,
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Another name begins another log, since a log belongs to one vantage. */
function identityFor(remembered: Identity | null, wanted: string | null, fallback: string): Identity {
  if (remembered !== null && (wanted === null || wanted === remembered.vantage)) return remembered;
  return { logId: randomUUID(), vantage: wanted ?? fallback, formerVantage: remembered?.vantage ?? null };
}

/** Null where there is none, or where it is damaged: a new one begins a new log. */
function readIdentity(file: string): Identity | null {
  try {
    return identitySchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}

function writeIdentity(file: string, identity: Identity): void {
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify(identity)}\n`, { mode: 0o600, flush: true });
  renameSync(next, file);
}
