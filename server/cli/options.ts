import { readdirSync, readFileSync, statSync } from "node:fs";
import type { Command } from "commander";
import { formatConfigError } from "../config/config-error.ts";
import { type LoadResult, loadSettings } from "../config/load.ts";
import { defaultStatsAddresses } from "../config/default-stats-addresses.ts";
import type { Settings, StatsAddress } from "../contract/settings.ts";
import { redactStatsAddress } from "../contract/redacted-stats-address.ts";
import { isListening } from "./listening-port.ts";

/** Options of every command. */
export interface CommonOptions {
  readonly config?: string;
  readonly haproxy?: readonly string[];
  readonly listen?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

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

/** Loads the configuration; without any instance, tries the default stats addresses of this machine. */
export function loadConfig(options: CommonOptions): LoadResult {
  const request = {
    file: options.config,
    listen: options.listen,
    logLevel: options.logLevel,
    logFormat: options.logFormat,
    env: process.env,
    readFile: (path: string) => readFileSync(path, "utf8"),
    readFolder: (path: string) => readdirSync(path),
    cwd: process.cwd(),
  };
  const loaded = loadSettings({ ...request, haproxy: options.haproxy ?? [] });
  if (loaded.kind === "broken" || !hasNoInstances(loaded.settings)) return loaded;
  const found = defaultStatsAddresses(listFolder).filter(isPresent);
  return found.length === 0 ? loaded : loadSettings({ ...request, haproxy: found.slice(0, 1).map(redactStatsAddress) });
}

/** The options of a reload: the file that was found at the start is required, so that its absence for a moment does not remove all instances. */
export function reloadOptions(options: CommonOptions, { file }: { readonly file: string | null }): CommonOptions {
  return file === null || options.config !== undefined ? options : { ...options, config: file };
}

/** True if neither a HAProxy nor a DNS name is configured. */
export function hasNoInstances({ instances, discoveries }: Settings): boolean {
  return instances.length + discoveries.length === 0;
}

/** The error text for a configuration without HAProxy. */
export function formatNoInstances(): string {
  const tried = defaultStatsAddresses(listFolder).map((address) => `  ${redactStatsAddress(address)}`);
  return [
    "No HAProxy is configured, and none was found at the default addresses of this machine:",
    ...tried,
    "Give one with --haproxy unix:/path/to/admin.sock, or in a configuration file with --config.",
    "HAProxy opens such a socket with this line in its global section:",
    "  stats socket /run/haproxy/admin.sock mode 660 level user",
  ].join("\n");
}

/** All errors, one per line. */
export function formatConfigErrors(loaded: Extract<LoadResult, { kind: "broken" }>): string {
  return loaded.errors.map(formatConfigError).join("\n");
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isPresent(address: StatsAddress): boolean {
  return "host" in address ? isListening(address.port) : isSocket(address.path);
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}
