import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { addAlertCommands } from "./alert-commands.ts";
import { BOUNDS } from "../bounds.ts";
import { renderCompletion, SHELLS } from "./completion.ts";
import { CHECK_EXIT, EXIT } from "./exit-code.ts";
import type { CommonOptions } from "./options.ts";
import { CHECK_FORMATS, LINT_FORMATS } from "./output-formats.ts";
import { addServiceOptions, addSourceOptions, addUrlOptions } from "./source-options.ts";
import { health } from "./health.ts";
import type { IncidentsOptions, IncidentSourceOptions } from "./incidents.ts";
import { isVersion } from "../advise/haproxy-version.ts";
import { SEVERITIES, type Severity } from "../advise/lint-issue.ts";
import { createStandardOutput } from "./standard-output.ts";
import type { ReplayOptions } from "./replay.ts";
import { addDatabaseCommands } from "./db-commands.ts";
import type { ServiceOptions } from "./service-endpoint.ts";
import { formatDuration, parseDuration } from "../config/duration.ts";
import { VERDICTS, type Verdict } from "../contract/verdict.ts";
import type { SupportBundleOptions } from "./support-bundle.ts";
import { VERSION } from "../version.ts";

/** What `report` is about by default. */
const REPORT_SINCE_MS = 7 * 86_400_000;

interface CheckArguments {
  readonly format: (typeof CHECK_FORMATS)[number];
  readonly findings: boolean;
  readonly json?: boolean;
  readonly maxWait?: number;
}

interface LintArguments {
  readonly format: (typeof LINT_FORMATS)[number];
  readonly severity: Severity;
  readonly for?: "kubernetes" | "http";
  readonly haproxyVersion?: string;
  readonly caFile?: string;
  readonly path?: string;
  readonly host?: string;
  readonly fix: boolean;
  readonly write: boolean;
}

interface WaitArguments {
  readonly for: readonly Verdict[];
  readonly timeout: number;
  readonly stable: number;
  readonly url?: URL;
}

/**
 * Parses the arguments, runs one command until its end or until `signal` is aborted, and resolves with the exit code. The
 * code of a command is loaded when it runs: for `health`, which containers run all the time, everything is 45 MB more.
 */
export async function runProgram(args: readonly string[], signal: AbortSignal): Promise<number> {
  process.stderr.on("error", () => {});
  const output = createStandardOutput(process.stdout);
  const code = await runCommand(args, signal, output.print);
  const outputError = await output.flush();
  if (outputError === null) return code;
  process.stderr.write(`haprobe: the output could not be written: ${outputError}\n`);
  return exitCodeWithoutOutput(args[0], code);
}

async function runCommand(
  args: readonly string[],
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  let code: number = EXIT.ok;
  const program = new Command("haprobe")
    .description("A second opinion on HAProxy's health checks.")
    .version(VERSION)
    .exitOverride();

  addSourceOptions(program.command("serve"))
    .description("poll, probe, judge and show the result until a signal ends it")
    .option("--listen <address>", "address of the dashboard and the API, or unix:PATH (127.0.0.1:8405)")
    .option("--listen-insecurely", "let other machines read without tls and auth, and refuse every write")
    .option("--data-dir <folder>", "folder for what outlives a restart, or none")
    .option("--webhook <url>", "a receiver of Standard Webhooks that is notified of alerts")
    .option("--log-level <level>", "debug, info, warn or error")
    .option("--log-format <format>", "json or text")
    .action(async (options: CommonOptions) => {
      const { serve } = await import("./serve.ts");
      code = await serve(options, signal);
    });

  addSourceOptions(program.command("check"))
    .description("check once; exit code 0 all well, 1 a mismatch, 2 a confirmed false-up, 3 unknown")
    .addOption(new Option("--format <format>", "output format").choices(CHECK_FORMATS).default("table"))
    .option("--json", "short for --format json")
    .option("--findings", "also print findings", false)
    .option("--max-wait <duration>", "the longest wait, such as 30s", parseDurationArgument)
    .action(async (options: CommonOptions & CheckArguments) => {
      const { format, json, maxWait, ...rest } = options;
      const limit = maxWait === undefined ? {} : { maxWaitMs: maxWait };
      const printed = {
        format: json === true ? "json" : format,
        colour: supportsColour(),
        progress: process.stderr.isTTY,
      } as const;
      const { check } = await import("./check.ts");
      code = await check({ ...rest, ...limit, ...printed }, signal, print);
    });

  addUrlOptions(
    addSourceOptions(program.command("wait")),
    "use this running haprobe, such as http://127.0.0.1:8405, instead of probing",
  )
    .description("wait for verdicts of servers; exit code 0 reached, 1 not in time, 3 nothing can be read")
    .argument(
      "<key>",
      "INSTANCE/BACKEND/SERVER, with globs: */k8s-api/cp-1 is cp-1 behind every HAProxy",
      parseKeyArgument,
    )
    .addOption(
      new Option("--for <verdicts>", "verdicts to wait for, separated by commas")
        .choices(VERDICTS)
        .argParser(parseVerdictsArgument)
        .default(["agree-up"], "agree-up"),
    )
    .addOption(
      new Option("--timeout <duration>", "the longest wait")
        .argParser(parseDurationArgument)
        .default(BOUNDS.waitTimeoutMs, formatDuration(BOUNDS.waitTimeoutMs)),
    )
    .addOption(
      new Option("--stable <duration>", "how long the verdicts must hold")
        .argParser(parseDurationArgument)
        .default(BOUNDS.waitStableMs, formatDuration(BOUNDS.waitStableMs)),
    )
    .action(async (key: string, options: CommonOptions & WaitArguments) => {
      const { for: verdicts, timeout: timeoutMs, stable: stableMs, ...rest } = options;
      const { wait } = await import("./wait.ts");
      code = await wait({ ...rest, key, verdicts, timeoutMs, stableMs }, signal, print);
    });

  addServiceOptions(program.command("incidents"))
    .description("incidents of a running haprobe; exit code 0 printed, 1 unknown id, 3 it cannot be read")
    .argument("[id]", "one incident, with everything that is known of it")
    .option("--open", "only those that have not ended", false)
    .option("--since <time>", "those that began since: 24h, or 2026-11-27T03:00:00Z; and open ones", parseTimeArgument)
    .option("--json", "print JSON", false)
    .action(async (id: string | undefined, options: Omit<IncidentsOptions, "id">) => {
      const { listIncidents } = await import("./incidents.ts");
      code = await listIncidents({ ...options, ...(id === undefined ? {} : { id }) }, signal, print);
    });

  addServiceOptions(program.command("report"))
    .description("Markdown about incidents of a running haprobe; exit code 0 printed, 3 it cannot be read")
    .addOption(
      new Option("--since <time>", "those that began since: 7d, or 2026-11-27T03:00:00Z; and open ones")
        .argParser(parseTimeArgument)
        .default(Date.now() - REPORT_SINCE_MS, "7d"),
    )
    .action(async (options: IncidentSourceOptions & { since: number }) => {
      const { report } = await import("./incidents.ts");
      code = await report(options, signal, print);
    });

  addServiceOptions(program.command("health"))
    .description("whether a running haprobe is ready, for container health checks; exit code 0 ready, 1 not")
    .action(async (options: ServiceOptions) => {
      code = await health(options, signal, print);
    });

  addServiceOptions(program.command("support-bundle"))
    .description("write what a report of a defect needs into one tar.gz, without secrets")
    .option("--log <file>", "the log of the haprobe, or - for standard input; its end is copied")
    .option("--token-file <file>", "holds a token that may read")
    .option("-o, --output <file>", "a file that does not exist yet (default: haprobe-support-TIME.tar.gz)")
    .action(async (options: SupportBundleOptions) => {
      const { writeSupportBundle } = await import("./support-bundle.ts");
      code = await writeSupportBundle(options, signal, print);
    });

  addAlertCommands(program, { signal, print }, (result) => (code = result));

  const config = program.command("config").description("check, print or describe the configuration");
  addSourceOptions(config.command("check"))
    .description("check the configuration and print all errors")
    .action(async (options: CommonOptions) => {
      const { checkConfig } = await import("./config.ts");
      code = await checkConfig(options, print);
    });
  addSourceOptions(config.command("print"))
    .description("print the effective configuration without secrets")
    .action(async (options: CommonOptions) => {
      const { printConfig } = await import("./config.ts");
      code = printConfig(options, print);
    });
  config
    .command("hash-password")
    .description("print the hash of a password for a file of users; it is read from the terminal or the standard input")
    .action(async () => {
      const { printPasswordHash } = await import("./hash-password.ts");
      code = await printPasswordHash(process.stdin, print);
    });
  config
    .command("schema")
    .description("print the JSON schema of the configuration, for editors")
    .action(async () => {
      const { printConfigSchema } = await import("./config.ts");
      code = printConfigSchema(print);
    });

  program
    .command("lint")
    .description(
      "what is wrong with the health checks of a haproxy.cfg; exit code 0 clean, 1 warnings, 2 errors, 3 unreadable",
    )
    .argument("<file...>", "files in the order in which HAProxy reads them, a folder, or - for standard input")
    .addOption(new Option("--format <format>", "output format").choices(LINT_FORMATS).default("text"))
    .addOption(new Option("--severity <severity>", "the least that is shown").choices(SEVERITIES).default("note"))
    .addOption(new Option("--for <kind>", "what every server is").choices(["kubernetes", "http"]))
    .option("--haproxy-version <version>", "the HAProxy that reads it, such as 3.0", parseVersionArgument)
    .option("--ca-file <file>", "the authority of the servers' certificates, for cures", parseWordArgument)
    .option("--path <path>", "the health path of HTTP servers, for cures", parseWordArgument)
    .option("--host <name>", "the host name of HTTP servers, for cures", parseWordArgument)
    .option("--fix", "print the cure of all of it as a diff", false)
    .option("--write", "with --fix: write it into the files", false)
    .action(async (paths: readonly string[], options: LintArguments) => {
      const { for: assumed = null, haproxyVersion: version = null, caFile = null, path = null, host = null } = options;
      const { format, severity, fix, write } = options;
      const request = { paths, format, severity, fix, write, advise: { assumed, version, caFile, path, host } };
      const { lint } = await import("./lint.ts");
      code = lint(request, print);
    });

  addDatabaseCommands(program, print, (result) => (code = result));

  program
    .command("replay")
    .description(
      "judge a recording again; exit code 0 it says what was said live, 1 something else, 3 it cannot be read",
    )
    .argument("[path]", "a .haprobe file or a folder of them (default: the recording in the data directory)")
    .option("--data-dir <folder>", "the data directory whose recording is replayed")
    .option("--from <time>", "from this time on: 2026-11-27T03:00:00Z, or 2h for two hours ago", parseTimeArgument)
    .option("--to <time>", "up to this time", parseTimeArgument)
    .option("-c, --config <file>", "judge by this configuration, and print what would differ")
    .option("--json", "print JSON", false)
    .option("--export <id>", "write the recording around this incident to a file instead, without secrets")
    .option("-o, --output <file>", "that file (default: incident-ID.haprobe)")
    .option("--map-addresses", "replace addresses and DNS names in it, the same one always by the same", false)
    .action(async (path: string | undefined, options: Omit<ReplayOptions, "path">) => {
      const { replay } = await import("./replay.ts");
      code = await replay({ ...options, ...(path === undefined ? {} : { path }) }, signal, print);
    });

  program
    .command("completion")
    .description("print the completion script of a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => print(renderCompletion(program, shell)));

  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    // Monitoring systems read 2 as critical; a mistake in the arguments is unknown.
    return UNKNOWN_ON_USAGE.includes(args[0] ?? "") ? CHECK_EXIT.unknown : EXIT.usage;
  }
}

const UNKNOWN_ON_USAGE = [
  "check",
  "wait",
  "lint",
  "replay",
  "incidents",
  "report",
  "alert",
  "silence",
  "notifications",
];

/** The exit code of a command whose output was lost: a mismatch stays one, a good result is unknown. */
function exitCodeWithoutOutput(command: string | undefined, code: number): number {
  if (code !== EXIT.ok || command === "wait") return code;
  return command === "check" ? CHECK_EXIT.unknown : EXIT.crash;
}

function parseDurationArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0) throw new InvalidArgumentError("Write a number with a unit, such as 30s.");
  return ms;
}

/** Milliseconds since 1970 of an ISO time, or of a duration ago. */
function parseTimeArgument(text: string): number {
  const ago = parseDuration(text);
  const ms = ago === null ? Date.parse(text) : Date.now() - ago;
  if (Number.isNaN(ms))
    throw new InvalidArgumentError("Write a time such as 2026-11-27T03:00:00Z, or 2h for two hours ago.");
  return ms;
}

function parseKeyArgument(text: string): string {
  if (text.split("/").length >= 3 || text.includes("*")) return text;
  throw new InvalidArgumentError("Write it like lb-1/k8s-api/cp-1.");
}

function parseVerdictsArgument(text: string): readonly Verdict[] {
  return text.split(",").map((word) => {
    const verdict = VERDICTS.find((known) => known === word);
    if (verdict === undefined) throw new InvalidArgumentError(`A verdict is one of ${VERDICTS.join(", ")}.`);
    return verdict;
  });
}

function parseVersionArgument(text: string): string {
  if (isVersion(text)) return text;
  throw new InvalidArgumentError("Write it like 2.6 or 3.0.11.");
}

/** A word of haproxy.cfg that needs no quotes. */
function parseWordArgument(text: string): string {
  if (/^[\w./~?=&%:@+,;-]+$/.test(text)) return text;
  throw new InvalidArgumentError("It may hold letters, digits and ./~?=&%:@+,;-_");
}

function supportsColour(): boolean {
  return process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
}
