import type { z } from "zod";
import type { LogFormat, LogLevel, StatsAddress } from "../contract/settings.ts";
import type { ConfigError } from "./config-error.ts";
import { describeIssue } from "./issues.ts";
import type { ListenAddress } from "../contract/listen.ts";
import { listenAddress } from "./listen-address.ts";
import { logFormat, logLevel } from "./schema.ts";
import { receiverUrl } from "./channel-schema.ts";
import { dataDir } from "./store-schema.ts";
import { statsAddress } from "./stats-address.ts";

/** Options as they are written. */
export interface CommandLineOptions {
  /** `--haproxy`, each an address such as `unix:/run/haproxy/admin.sock`. */
  readonly haproxy: readonly string[];
  readonly listen?: string | undefined;
  /** `--listen-insecurely`. */
  readonly listenInsecurely?: boolean | undefined;
  readonly dataDir?: string | undefined;
  /** `--webhook`, the URL of a channel. */
  readonly webhook?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
}

/** The parsed options, null where one is not given; and the errors of the others. */
export interface CommandLineResult {
  readonly addresses: readonly StatsAddress[];
  readonly listen: ListenAddress | null;
  readonly listenInsecurely: boolean;
  /** As it is written: `none`, or a path. */
  readonly dataDir: string | null;
  readonly webhook: string | null;
  readonly logLevel: LogLevel | null;
  readonly logFormat: LogFormat | null;
  readonly errors: readonly ConfigError[];
  /** Lines about options that are allowed and probably not meant. */
  readonly warnings: readonly string[];
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
  const addresses = options.haproxy.flatMap((url) => read("--haproxy", statsAddress, url) ?? []);
  return {
    addresses,
    listen: read("--listen", listenAddress, options.listen),
    listenInsecurely: options.listenInsecurely === true,
    dataDir: read("--data-dir", dataDir, options.dataDir),
    webhook: read("--webhook", receiverUrl, options.webhook),
    logLevel: read("--log-level", logLevel, options.logLevel),
    logFormat: read("--log-format", logFormat, options.logFormat),
    errors,
    warnings: addresses.some(hasPassword) ? [PASSWORD_VISIBLE] : [],
  };
}

const PASSWORD_VISIBLE =
  "--haproxy: the password is visible to every user in the list of processes; expected password-file in a configuration file";

function hasPassword(stats: StatsAddress): boolean {
  const password = stats.kind === "page" ? stats.login?.password : undefined;
  return password?.kind === "text" && password.text !== "";
}
