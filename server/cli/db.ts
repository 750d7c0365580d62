import { escapeUnprintableInLines } from "../contract/quote.ts";
import type { Settings } from "../contract/settings.ts";
import { toHaprobeError } from "../errors.ts";
import type { Database } from "../store/database.ts";
import { checkIntegrity, inspect, type StoreInfo } from "../store/inspect.ts";
import { openDatabase } from "../store/open-database.ts";
import { readDatabaseUrl } from "../store/store-place.ts";
import type { StoreLocation } from "../store/worker-messages.ts";
import { EXIT } from "./exit-code.ts";
import { type CommonOptions, formatConfigErrors, loadConfig } from "./options.ts";

type Write = (text: string) => void;

const toStderr: Write = (text) => void process.stderr.write(escapeUnprintableInLines(text));

/** `haprobe db backup FILE`: writes a consistent copy, also while haprobe runs. Returns the exit code. */
export function backupDatabase(options: CommonOptions, file: string, print: Write): Promise<number> {
  return withDatabase(options, async (database) => {
    await database.backup(file);
    print(`${file}: written\n`);
    return EXIT.ok;
  });
}

/** `haprobe db check`: prints whether the database is whole. Returns the exit code. */
export function checkDatabase(options: CommonOptions, print: Write): Promise<number> {
  return withDatabase(options, async (database, location) => {
    const faults = await checkIntegrity(database);
    const name = nameOf(location);
    const limit = location.kind === "sqlite" ? "" : " (its files: pg_amcheck)";
    if (faults.length === 0) print(`${name}: ok${limit}\n`);
    for (const fault of faults) print(`${name}: ${fault}\n`);
    return faults.length === 0 ? EXIT.ok : EXIT.crash;
  });
}

/** `haprobe db info`: prints what the database holds. Returns the exit code. */
export function describeDatabase(options: CommonOptions & { json: boolean }, print: Write): Promise<number> {
  return withDatabase(options, async (database, location) => {
    const info = await inspect(database, location);
    print(options.json ? `${JSON.stringify(toJson(info), null, 2)}\n` : renderInfo(info));
    return EXIT.ok;
  });
}

async function withDatabase(
  options: CommonOptions,
  run: (database: Database, location: StoreLocation) => Promise<number>,
): Promise<number> {
  const loaded = loadConfig(options, false);
  if (loaded.kind === "broken") return fail(formatConfigErrors(loaded), EXIT.config);
  let database: Database | null = null;
  try {
    const location = await locate(loaded.settings);
    if (location === null) return fail("nothing is kept: there is no data directory", EXIT.config);
    database = await openDatabase(location, true);
    return await run(database, location);
  } catch (error) {
    const explained = toHaprobeError(database?.explain(error) ?? error);
    return fail(`${explained.message}\n${explained.remedy} (${explained.code})`, EXIT.crash);
  } finally {
    await database?.close().catch(() => {});
  }
}

async function locate({ database, dataDir }: Settings): Promise<StoreLocation | null> {
  if (database !== null) return { kind: "postgres", url: await readDatabaseUrl(database) };
  return dataDir === null ? null : { kind: "sqlite", directory: dataDir };
}

/** The URL of a database may hold a password. */
function nameOf(location: StoreLocation): string {
  return location.kind === "sqlite" ? location.directory : "the database";
}

function renderInfo({ file, bytes, schemaVersion, knownVersion, rows, oldestAt, newestAt }: StoreInfo): string {
  const lines = [
    ["database", file ?? "PostgreSQL"],
    ["size", `${(bytes / 1_048_576).toFixed(1)} MiB`],
    ["schema", `version ${schemaVersion}${schemaVersion === knownVersion ? "" : `, this haprobe has ${knownVersion}`}`],
    ...Object.entries(rows).map(([name, count]) => [name, String(count)]),
    ["recorded", oldestAt === null ? "nothing yet" : `${formatTime(oldestAt)} to ${formatTime(newestAt)}`],
  ];
  return lines
    .map(([name = "", value = ""]) => `${`${name}:`.padEnd(15)}${escapeUnprintableInLines(value)}\n`)
    .join("");
}

function toJson({ oldestAt, newestAt, ...info }: StoreInfo): unknown {
  return { ...info, oldestAt: formatTime(oldestAt), newestAt: formatTime(newestAt) };
}

function formatTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function fail(message: string, code: number): number {
  toStderr(`${message}\n`);
  return code;
}
