import type { Database } from "./database.ts";
import type { StoreLocation } from "./worker-messages.ts";

/** Opens a database of either engine; each loads only its own driver. `readOnly` changes nothing, nor creates a file. */
export async function openDatabase(location: StoreLocation, readOnly = false): Promise<Database> {
  if (location.kind === "sqlite") {
    const { openSqlite } = await import("./open-sqlite.ts");
    return openSqlite(location.directory, readOnly);
  }
  const { openPostgres } = await import("./open-postgres.ts");
  return openPostgres(location.url);
}
