import type { DiscoverySettings, Settings } from "../contract/settings.ts";
import type { CommandLineResult } from "./command-line-options.ts";
import type { EntryLocation, FileLocation } from "./config-file.ts";
import type { Path } from "./document.ts";
import type { LocatedEntry } from "./haproxy-entries.ts";
import type { LocatedInstance } from "./instance-warnings.ts";
import { buildDiscovery, buildInstance, addInstances } from "./instances.ts";
import type { LocatedRule } from "./rule-warnings.ts";
import type { RuleInput } from "./rule-schema.ts";
import { buildRule } from "./rules.ts";
import type { ConfigInput } from "./schema.ts";

/** The lists of all files, in the order in which they count. */
export interface ConfigEntries {
  readonly entries: readonly LocatedEntry[];
  readonly rules: readonly { readonly at: EntryLocation; readonly input: RuleInput }[];
}

/** A file that is named at a path of a file; of the main one if `at` is absent. */
export interface FileReference {
  readonly name: string;
  readonly path: Path;
  readonly at?: FileLocation;
}

/** The settings, and where their instances and rules stand. */
export interface ComposedSettings {
  readonly settings: Settings;
  readonly instances: readonly LocatedInstance[];
  readonly rules: readonly LocatedRule[];
}

/** Joins the main file, the lists of all files and the command line, which wins. `fileOf` gives the path of a named file. */
export function composeSettings(
  config: ConfigInput,
  lists: ConfigEntries,
  options: CommandLineResult,
  fileOf: (named: FileReference) => string,
): ComposedSettings {
  const defaults = config["haproxy-defaults"];
  const instances: LocatedInstance[] = [];
  const discoveries: DiscoverySettings[] = [];
  for (const entry of lists.entries) {
    const { at } = entry;
    const own = (name: string, key: string): string => fileOf({ name, path: [...at.path, key], at });
    if (entry.kind === "instance") instances.push({ at, settings: buildInstance(entry.input, defaults, own) });
    else discoveries.push(buildDiscovery(entry.input, defaults, own));
  }
  const rules = lists.rules.map(({ at, input }) => ({
    at,
    settings: buildRule(input, (name, path) => fileOf({ name, path: [...at.path, ...path], at })),
  }));
  const shared = (name: string, key: string): string => fileOf({ name, path: ["haproxy-defaults", key] });
  const settings: Settings = {
    listen: options.listen ?? config.listen,
    publicUrl: config["public-url"] ?? null,
    instances: addInstances(
      instances.map((each) => each.settings),
      options.addresses,
      defaults,
      shared,
    ),
    discoveries,
    rules: rules.map((each) => each.settings),
    metricsPerServer: config.metrics["per-server"],
    logLevel: options.logLevel ?? config["log-level"],
    logFormat: options.logFormat ?? config["log-format"],
  };
  return { settings, instances, rules };
}
