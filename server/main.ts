import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { check } from "./cli/check.ts";
import { configCheck, configPrint, configSchema } from "./cli/config.ts";
import { CHECK_EXIT, EXIT } from "./cli/exit-code.ts";
import { type CommonOptions, withSourceOptions } from "./cli/options.ts";
import { serve } from "./cli/serve.ts";
import { parseDuration } from "./config/duration.ts";
import { VERSION } from "./version.ts";

const stopping = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) {
  process.on(name, () => {
    // A second signal means at once.
    if (stopping.signal.aborted) process.exit(EXIT.crash);
    stopping.abort();
  });
}

process.exitCode = await main(process.argv.slice(2));

/** Reads the arguments, runs one command, and resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const print = (text: string): void => void process.stdout.write(text);
  const program = new Command("haprobe")
    .description("A second opinion on HAProxy's health checks.")
    .version(VERSION)
    .exitOverride();

  withSourceOptions(program.command("serve"))
    .description("poll, probe, judge and show, until a signal ends it")
    .option("--listen <address>", "where the dashboard and the API listen (127.0.0.1:8405)")
    .option("--log-level <level>", "debug, info, warn or error")
    .option("--log-format <format>", "json or text")
    .action(async (options: CommonOptions) => {
      code = await serve(options, stopping.signal);
    });

  withSourceOptions(program.command("check"))
    .description("ask once; exit code 0 all well, 1 a mismatch, 2 a confirmed false-up, 3 unknown")
    .addOption(new Option("--format <format>", "how to print").choices(["table", "json"]).default("table"))
    .option("--json", "short for --format json")
    .option("--max-wait <duration>", "at most this long, such as 30s", readDuration)
    .action(async (options: CommonOptions & { format: "table" | "json"; json?: boolean; maxWait?: number }) => {
      const { format, json, maxWait, ...rest } = options;
      const wait = maxWait === undefined ? {} : { maxWaitMs: maxWait };
      code = await check(
        { ...rest, ...wait, format: json === true ? "json" : format, colour: wantsColour() },
        stopping.signal,
        print,
      );
    });

  const config = program.command("config").description("check, print or describe the configuration");
  withSourceOptions(config.command("check"))
    .description("say whether the configuration is right, with every complaint")
    .action((options: CommonOptions) => {
      code = configCheck(options, print);
    });
  withSourceOptions(config.command("print"))
    .description("print the configuration as it is understood, without secrets")
    .action((options: CommonOptions) => {
      code = configPrint(options, print);
    });
  config
    .command("schema")
    .description("print the JSON schema of the configuration, for editors")
    .action(() => {
      code = configSchema(print);
    });

  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    // Monitoring systems read 2 of a check as critical: a mistake in its arguments is unknown.
    return args[0] === "check" ? CHECK_EXIT.unknown : EXIT.usage;
  }
}

function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0) throw new InvalidArgumentError("Write a number with a unit, such as 30s.");
  return ms;
}

function wantsColour(): boolean {
  return process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
}
