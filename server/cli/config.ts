import { hasNoInstances } from "../config/instances.ts";
import { defaultConfigPaths } from "../config/find-config-file.ts";
import type { LoadResult } from "../config/load.ts";
import { renderSettings } from "../config/render.ts";
import { settingsJsonSchema } from "../config/schema.ts";
import { findTlsFault } from "../http/tls-files.ts";
import { EXIT } from "./exit-code.ts";
import { type CommonOptions, formatConfigErrors, loadConfig, formatNoInstances } from "./options.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";

type Write = (text: string) => void;

const toStderr: Write = (text) => void process.stderr.write(escapeUnprintableInLines(text));

/** `haprobe config check`: prints whether the configuration is valid and the files of `tls:` belong together, or all its errors; without a file, also the paths that were tried. Returns the exit code. */
export async function checkConfig(options: CommonOptions, print: Write, printError: Write = toStderr): Promise<number> {
  const loaded = loadConfig(options);
  if (loaded.kind === "broken") {
    printError(`${formatConfigErrors(loaded)}\n`);
    return EXIT.config;
  }
  for (const warning of loaded.warnings) printError(`${warning}\n`);
  const { tls } = loaded.settings;
  const fault = tls === null ? null : await findTlsFault(tls);
  if (fault !== null) {
    printError(`${loaded.file}: tls: ${fault}\n`);
    return EXIT.config;
  }
  if (loaded.file !== null) {
    print(`${loaded.file}: ok, ${formatContent(loaded)}\n`);
    return EXIT.ok;
  }
  const tried = defaultConfigPaths(process.env, process.cwd()).map((path) => `  ${path}\n`);
  printError(`No configuration file was found. These paths were tried:\n${tried.join("")}`);
  if (hasNoInstances(loaded.settings)) {
    printError(`${formatNoInstances()}\n`);
    return EXIT.config;
  }
  const addresses = loaded.settings.instances.map(({ statsText }) => statsText);
  print(`ok without a configuration file: polls ${addresses.join(", ")}\n`);
  return EXIT.ok;
}

/** `3 files, 12 instances, 1 rule`. */
function formatContent({ files, settings }: Extract<LoadResult, { kind: "loaded" }>): string {
  const { instances, discoveries, rules } = settings;
  const names = discoveries.length === 0 ? [] : [formatCount(discoveries.length, "name in DNS", "names in DNS")];
  return [
    formatCount(files.length, "file", "files"),
    formatCount(instances.length, "instance", "instances"),
    ...names,
    formatCount(rules.length, "rule", "rules"),
  ].join(", ");
}

function formatCount(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** `haprobe config print`: prints the effective configuration without secrets. Returns the exit code. */
export function printConfig(options: CommonOptions, print: Write, printError: Write = toStderr): number {
  const loaded = loadConfig(options);
  if (loaded.kind === "broken") {
    printError(`${formatConfigErrors(loaded)}\n`);
    return EXIT.config;
  }
  print(renderSettings(loaded.settings));
  return EXIT.ok;
}

/** `haprobe config schema`: prints the JSON schema for editors. Returns the exit code. */
export function printConfigSchema(print: Write): number {
  print(`${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
  return EXIT.ok;
}
