import type { Command } from "commander";
import type { CommonOptions } from "./options.ts";

/** Adds `haprobe db backup|check|info`, whose code loads the database's drivers only when one of them runs. */
export function addDatabaseCommands(
  program: Command,
  print: (text: string) => void,
  setCode: (code: number) => void,
): void {
  const db = program.command("db").description("copy, check or describe what haprobe keeps");
  addPlaceOptions(db.command("backup"))
    .description("write a consistent copy of the database, also while haprobe runs; put it back as haprobe.db")
    .argument("<file>", "a file that does not exist yet")
    .action(async (file: string, options: CommonOptions) => {
      const { backupDatabase } = await import("./db.ts");
      setCode(await backupDatabase(options, file, print));
    });
  addPlaceOptions(db.command("check"))
    .description("check the database; exit code 0 whole, 1 damaged or unreadable")
    .action(async (options: CommonOptions) => {
      const { checkDatabase } = await import("./db.ts");
      setCode(await checkDatabase(options, print));
    });
  addPlaceOptions(db.command("info"))
    .description("print size, schema version, rows and the oldest entry")
    .option("--json", "print JSON", false)
    .action(async (options: CommonOptions & { json: boolean }) => {
      const { describeDatabase } = await import("./db.ts");
      setCode(await describeDatabase(options, print));
    });
}

function addPlaceOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "configuration file (docs/configuration.md lists the default paths)")
    .option("--data-dir <folder>", "the data directory");
}
