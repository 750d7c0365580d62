import { randomUUID } from "node:crypto";
import { BOUNDS } from "../bounds.ts";
import type { DatabaseAddress, Settings } from "../contract/settings.ts";
import { HaprobeError } from "../errors.ts";
import { type DataDirectory, type Identity, openDataDirectory } from "./data-directory.ts";
import type { StoreLocation } from "./worker-messages.ts";
import { readFileText } from "../scoped-files.ts";

export type StorePlaceSettings = Pick<Settings, "dataDir" | "database" | "vantage">;

/** Where this haprobe's store is, and what the data directory remembers of it. */
export class StorePlace implements Disposable {
  readonly #settings: StorePlaceSettings;
  #directory: DataDirectory | null = null;
  #identity: Identity;

  /**
   * Opens the data directory. Throws HAPROBE_DATA_DIR_LOCKED where another process uses it; any other fault is met again
   * by `locate`, and until then the identity is a new one.
   */
  constructor(settings: StorePlaceSettings, hostName: string) {
    this.#settings = settings;
    this.#identity = { logId: randomUUID(), vantage: settings.vantage ?? hostName, formerVantage: null };
    try {
      this.#openDirectory(settings.vantage, hostName);
    } catch (error) {
      if (error instanceof HaprobeError && error.code === "HAPROBE_DATA_DIR_LOCKED") throw error;
    }
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** The database to open. Rejects where the data directory cannot be used, unless the database is elsewhere. */
  async locate(): Promise<StoreLocation> {
    const { database, dataDir } = this.#settings;
    try {
      // Events carry the name already, so a directory that can be used only now takes it.
      this.#openDirectory(this.#identity.vantage, this.#identity.vantage);
    } catch (error) {
      if (database === null) throw explainDirectoryError(error, dataDir ?? "");
    }
    if (database !== null) return { kind: "postgres", url: await readDatabaseUrl(database) };
    return { kind: "sqlite", directory: dataDir ?? "" };
  }

  /** Names another log; it is forgotten at the next start where the data directory cannot be written. */
  replaceLog(): string {
    try {
      this.#identity = this.#directory?.replaceLog() ?? { ...this.#identity, logId: randomUUID() };
    } catch {
      this.#identity = { ...this.#identity, logId: randomUUID() };
    }
    return this.#identity.logId;
  }

  [Symbol.dispose](): void {
    this.#directory?.[Symbol.dispose]();
    this.#directory = null;
  }

  #openDirectory(wanted: string | null, fallback: string): void {
    const { dataDir } = this.#settings;
    if (dataDir === null || this.#directory !== null) return;
    this.#directory = openDataDirectory(dataDir, wanted, fallback);
    this.#identity = this.#directory.identity;
  }
}

function explainDirectoryError(error: unknown, folder: string): HaprobeError {
  if (error instanceof HaprobeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `the data directory ${folder} cannot be used: ${reason}`;
  return new HaprobeError("HAPROBE_STORE_UNWRITABLE", message, { cause: error });
}

/** Reads the file each time, since it may be replaced; it is bounded, and an error does not repeat its content. */
export async function readDatabaseUrl(address: DatabaseAddress): Promise<string> {
  if (address.kind === "url") return address.url;
  let text: string;
  try {
    text = (await readFileText(address.path, BOUNDS.databaseUrlMaxBytes)).trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HaprobeError("HAPROBE_STORE_UNREACHABLE", `the database's URL cannot be read: ${reason}`, {
      cause: error,
    });
  }
  if (/^postgres(ql)?:\/\/\S+$/.test(text)) return text;
  throw new HaprobeError("HAPROBE_STORE_UNREACHABLE", `${address.path} holds no URL that begins with postgres://`);
}
