import { defaultConfigPaths } from "../config/find-config-file.ts";
import type { LoadResult } from "../config/load.ts";
import { renderSettings } from "../config/render.ts";
import { settingsJsonSchema } from "../config/schema.ts";
import { EXIT } from "./exit-code.ts";
import { hasNoInstances, type CommonOptions, formatConfigErrors, loadConfig, formatNoInstances } from "./options.ts";

type Write = (text: string) => void;

const toStderr: Write = (text) => void process.stderr.write(text);

/** `haprobe config check`: says whether the configuration is right, or every complaint; without a file also where it looked, and wrong is then what `serve` would refuse. */
export function checkConfig(options: CommonOptions, print: Write, complain: Write = toStderr): number {
  const loaded = loadConfig(options);
  if (loaded.kind === "broken") {
    complain(`${formatConfigErrors(loaded)}\n`);
    return EXIT.config;
  }
  for (const warning of loaded.warnings) complain(`${warning}\n`);
  if (loaded.file !== null) {
    print(`${loaded.file}: ok, ${formatContent(loaded)}\n`);
    return EXIT.ok;
  }
  const looked = defaultConfigPaths(process.env, process.cwd()).map((path) => `  ${path}\n`);
  complain(`There is no configuration file. These were looked for:\n${looked.join("")}`);
  if (hasNoInstances(loaded.settings)) {
    complain(`${formatNoInstances()}\n`);
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

/** `haprobe config print`: the configuration as it is understood, without secrets. */
export function printConfig(options: CommonOptions, print: Write, complain: Write = toStderr): number {
  const loaded = loadConfig(options);
  if (loaded.kind === "broken") {
    complain(`${formatConfigErrors(loaded)}\n`);
    return EXIT.config;
  }
  print(renderSettings(loaded.settings));
  return EXIT.ok;
}

/** `haprobe config schema`: JSON schema for editors. */
export function printConfigSchema(print: Write): number {
  print(`${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
  return EXIT.ok;
}
