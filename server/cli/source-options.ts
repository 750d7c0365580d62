import type { Command } from "commander";

/** Adds the options that select the HAProxies and the configuration. */
export function addSourceOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "configuration file (docs/configuration.md lists the default paths)")
    .option(
      "--haproxy <url>",
      "a stats address such as unix:/run/haproxy/admin.sock, tcp://host:9999 or http://host:8404/stats; repeatable",
      (url: string, before: readonly string[] | undefined) => [...(before ?? []), url],
    );
}
