import { type Command, InvalidArgumentError, Option } from "commander";
import { BOUNDS } from "../bounds.ts";
import { parseDuration } from "../config/duration.ts";
import type { AlertCommandOptions, CommandRun } from "./alert.ts";
import { addServiceOptions } from "./source-options.ts";

interface SilenceArguments extends AlertCommandOptions {
  readonly match: Readonly<Record<string, readonly string[]>>;
  readonly for?: number;
  readonly until?: number;
  readonly reason: string;
  readonly name?: string;
}

/** Adds the commands about alerts, whose code is loaded when one of them runs. */
export function addAlertCommands(program: Command, run: CommandRun, setCode: (code: number) => void): void {
  const withSource = (command: Command): Command => addServiceOptions(command).option("--json", "print JSON", false);
  const forWrites = (command: Command): Command =>
    withSource(command).option("--token-file <file>", "holds the token of an operator");

  const alert = program.command("alert").description("try the alerts of a running haprobe");
  forWrites(alert.command("test"))
    .description("send a test message; exit code 0 taken, 1 refused or no such channel, 3 no haprobe answers")
    .argument("<channel>", "the name of the channel")
    .action(async (channel: string, options: AlertCommandOptions) => {
      const { testChannel } = await import("./alert.ts");
      setCode(await testChannel(channel, options, run));
    });
  withSource(alert.command("preview"))
    .description("print what is firing, where it goes, and why not elsewhere")
    .action(async (options: AlertCommandOptions) => {
      const { previewAlerts } = await import("./alert.ts");
      setCode(await previewAlerts(options, run));
    });

  withSource(program.command("notifications"))
    .description("print the newest messages of a running haprobe: why, to whom, attempts")
    .action(async (options: AlertCommandOptions) => {
      const { listNotifications } = await import("./alert.ts");
      setCode(await listNotifications(options, run));
    });

  const silence = program.command("silence").description("silences of a running haprobe");
  forWrites(silence.command("add"))
    .description("hold the alerts that match, and print the id of the silence")
    .addOption(
      new Option("--match <key=patterns>", "such as backend=k8s-api or server=cp-1,cp-2; repeatable")
        .argParser(parseMatchArgument)
        .makeOptionMandatory(),
    )
    .addOption(new Option("--for <duration>", "how long it lasts, such as 2h").argParser(parseForArgument))
    .addOption(
      new Option("--until <time>", "when it ends instead, such as 2026-11-22T10:00:00Z")
        .argParser(parseUntilArgument)
        .conflicts("for"),
    )
    .requiredOption("--reason <text>", "why; it is shown beside what is held")
    .option("--name <name>", "whose it is (the user that runs the command)")
    .action(async ({ for: forMs, until, ...options }: SilenceArguments, command: Command) => {
      const lastsMs = forMs ?? until;
      if (lastsMs === undefined) return command.error("error: give --for or --until");
      const { addSilence } = await import("./alert.ts");
      setCode(await addSilence({ ...options, forMs: lastsMs }, run));
    });
  withSource(silence.command("list"))
    .description("print the silences that are in force")
    .action(async (options: AlertCommandOptions) => {
      const { listSilences } = await import("./alert.ts");
      setCode(await listSilences(options, run));
    });
  forWrites(silence.command("end"))
    .description("end a silence")
    .argument("<id>", "its id")
    .action(async (id: string, options: AlertCommandOptions) => {
      const { endSilence } = await import("./alert.ts");
      setCode(await endSilence(id, options, run));
    });
}

function parseMatchArgument(
  text: string,
  before: Readonly<Record<string, readonly string[]>> | undefined,
): Readonly<Record<string, readonly string[]>> {
  const [, key, values] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (key === undefined || values === undefined) throw new InvalidArgumentError("Write it like backend=k8s-api.");
  return { ...before, [key]: [...(before?.[key] ?? []), ...values.split(",")] };
}

/** Milliseconds from now. */
function parseUntilArgument(text: string): number {
  const ms = Date.parse(text) - Date.now();
  if (!(ms > 0 && ms <= BOUNDS.alertRepeatMaxMs)) {
    throw new InvalidArgumentError("Write a time to come, such as 2026-11-22T10:00:00Z, at most a year away.");
  }
  return ms;
}

function parseForArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0 || ms > BOUNDS.alertRepeatMaxMs) {
    throw new InvalidArgumentError("Write a number with a unit, such as 2h, at most 365d.");
  }
  return ms;
}
