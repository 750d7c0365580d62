import type { LogFormat, LogLevel, StatsAddress } from "../contract/settings.ts";
import type { ConfigError } from "./config-error.ts";
import { type Kind, right } from "./field.ts";
import { type ListenAddress, listenAddress } from "./listen-address.ts";
import { logFormat, logLevel } from "./schema.ts";
import { statsAddress } from "./stats-address.ts";

/** Options as they were written. */
export interface CommandLineOptions {
  /** `--haproxy`, each an address such as `unix:/run/haproxy/admin.sock`. */
  readonly haproxy: readonly string[];
  readonly listen?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
}

/** Options as they are understood, null where nothing was said; and what is wrong with the others. */
export interface CommandLineResult {
  readonly addresses: readonly StatsAddress[];
  readonly listen: ListenAddress | null;
  readonly logLevel: LogLevel | null;
  readonly logFormat: LogFormat | null;
  readonly errors: readonly ConfigError[];
}

/** Reads what the command line says in the way in which a file is read. */
export function parseCommandLine(options: CommandLineOptions): CommandLineResult {
  const complaints: ConfigError[] = [];
  const read = <T>(option: string, kind: Kind<T>, text: string | undefined): T | null => {
    const reading = text === undefined ? right(null) : kind.read(text);
    if (reading.kind === "right") return reading.value;
    for (const { wrong, remedy } of reading.problems) {
      const message = `the value ${wrong}; ${remedy ?? `expected ${kind.expected}`}`;
      complaints.push({ code: "HAPROBE_USAGE", file: option, line: null, column: null, message });
    }
    return null;
  };
  return {
    addresses: options.haproxy.flatMap((url) => read("--haproxy", statsAddress, url) ?? []),
    listen: read("--listen", listenAddress, options.listen),
    logLevel: read("--log-level", logLevel, options.logLevel),
    logFormat: read("--log-format", logFormat, options.logFormat),
    errors: complaints,
  };
}
