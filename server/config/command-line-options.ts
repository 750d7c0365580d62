import type { z } from "zod";
import type { LogFormat, LogLevel, StatsAddress } from "../contract/settings.ts";
import type { ConfigError } from "./config-error.ts";
import { describeIssue } from "./issues.ts";
import { type ListenAddress, listenAddress } from "./listen-address.ts";
import { logFormat, logLevel } from "./schema.ts";
import { statsAddress } from "./stats-address.ts";

/** Options as they are written. */
export interface CommandLineOptions {
  /** `--haproxy`, each an address such as `unix:/run/haproxy/admin.sock`. */
  readonly haproxy: readonly string[];
  readonly listen?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
}

/** The parsed options, null where one is not given; and the errors of the others. */
export interface CommandLineResult {
  readonly addresses: readonly StatsAddress[];
  readonly listen: ListenAddress | null;
  readonly logLevel: LogLevel | null;
  readonly logFormat: LogFormat | null;
  readonly errors: readonly ConfigError[];
}

/** Parses the options of the command line with the schemas of the file. */
export function parseCommandLine(options: CommandLineOptions): CommandLineResult {
  const errors: ConfigError[] = [];
  const read = <T>(option: string, schema: z.ZodType<T>, text: string | undefined): T | null => {
    if (text === undefined) return null;
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      const message = `the value ${describeIssue(issue, text)}`;
      errors.push({ code: "HAPROBE_USAGE", file: option, line: null, column: null, message });
    }
    return null;
  };
  return {
    addresses: options.haproxy.flatMap((url) => read("--haproxy", statsAddress, url) ?? []),
    listen: read("--listen", listenAddress, options.listen),
    logLevel: read("--log-level", logLevel, options.logLevel),
    logFormat: read("--log-format", logFormat, options.logFormat),
    errors,
  };
}
