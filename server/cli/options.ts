import { formatConfigError } from "../config/config-error.ts";
import { type LoadResult, loadSettings } from "../config/load.ts";
import { fileSystem } from "../config/file-system.ts";
import { hasNoInstances } from "../config/instances.ts";
import { findDefaultAddress, triedAddresses } from "./default-addresses.ts";

/** Options of every command. */
export interface CommonOptions {
  readonly config?: string;
  readonly haproxy?: readonly string[];
  readonly listen?: string;
  readonly listenInsecurely?: boolean;
  readonly dataDir?: string;
  readonly webhook?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

/** A loaded configuration, and whether it polls a default address of this machine, as soon as there is one, because it names none. */
export type LoadedConfig = LoadResult & { readonly usesDefaultAddress: boolean };

/** Loads the configuration; without any instance, tries the default stats addresses of this machine, unless `triesDefaults` is false. */
export function loadConfig(options: CommonOptions, triesDefaults = true): LoadedConfig {
  const request = {
    file: options.config,
    listen: options.listen,
    listenInsecurely: options.listenInsecurely,
    dataDir: options.dataDir,
    webhook: options.webhook,
    logLevel: options.logLevel,
    logFormat: options.logFormat,
    env: process.env,
    ...fileSystem,
    cwd: process.cwd(),
  };
  const loaded = loadSettings({ ...request, haproxy: options.haproxy ?? [] });
  const named = { ...loaded, usesDefaultAddress: false };
  if (!triesDefaults || loaded.kind === "broken" || !hasNoInstances(loaded.settings)) return named;
  const found = findDefaultAddress();
  const settled = found === null ? loaded : loadSettings({ ...request, haproxy: [found] });
  return { ...settled, usesDefaultAddress: true };
}

/** Loads again in a running haprobe. A file that was found at the start is required, and a file that named a HAProxy has to name one: neither may vanish while it is written. */
export function reloadConfig(options: CommonOptions, start: LoadedConfig): LoadedConfig {
  const file = options.config ?? (start.kind === "loaded" ? start.file : null);
  return loadConfig(file === null ? options : { ...options, config: file }, start.usesDefaultAddress);
}

/** The error text for a configuration without HAProxy. */
export function formatNoInstances(): string {
  const tried = triedAddresses().map(({ stats, result }) => `  ${stats}: ${result}`);
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
