import type { DiscoverySettings, Settings } from "../contract/settings.ts";
import type { CommandLineReading } from "./command-line.ts";
import type { EntryPlace, FilePlace } from "./config-part.ts";
import type { Path } from "./document.ts";
import type { PlacedEntry } from "./haproxy-entries.ts";
import type { PlacedInstance } from "./instance-doubts.ts";
import { discoveryOf, instanceOf, withAddresses } from "./instances.ts";
import type { PlacedRule } from "./rule-doubts.ts";
import type { RuleInput } from "./rule-schema.ts";
import { ruleOf } from "./rules.ts";
import type { ConfigInput } from "./schema.ts";

/** The lists of all files, in the order in which they count. */
export interface Lists {
  readonly entries: readonly PlacedEntry[];
  readonly rules: readonly { readonly at: EntryPlace; readonly input: RuleInput }[];
}

/** A file that is named at a path of a file; of the main one if `at` is absent. */
export interface NamedFile {
  readonly name: string;
  readonly path: Path;
  readonly at?: FilePlace;
}

/** The settings, and where their instances and rules stand. */
export interface Composed {
  readonly settings: Settings;
  readonly instances: readonly PlacedInstance[];
  readonly rules: readonly PlacedRule[];
}

/** Joins the main file, the lists of all files and the command line, which wins. `fileOf` gives the path of a named file. */
export function compose(
  config: ConfigInput,
  lists: Lists,
  options: CommandLineReading,
  fileOf: (named: NamedFile) => string,
): Composed {
  const defaults = config["haproxy-defaults"];
  const instances: PlacedInstance[] = [];
  const discoveries: DiscoverySettings[] = [];
  for (const entry of lists.entries) {
    const { at } = entry;
    const own = (name: string, key: string): string => fileOf({ name, path: [...at.path, key], at });
    if (entry.kind === "instance") instances.push({ at, settings: instanceOf(entry.input, defaults, own) });
    else discoveries.push(discoveryOf(entry.input, defaults, own));
  }
  const rules = lists.rules.map(({ at, input }) => ({
    at,
    settings: ruleOf(input, (name, path) => fileOf({ name, path: [...at.path, ...path], at })),
  }));
  const shared = (name: string, key: string): string => fileOf({ name, path: ["haproxy-defaults", key] });
  const settings: Settings = {
    listen: options.listen ?? config.listen,
    publicUrl: config["public-url"] ?? null,
    instances: withAddresses(
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
