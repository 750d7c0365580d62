import type { LogFormat, LogLevel, Settings, StatsAddress } from "../contract/settings.ts";
import { type Complaint, complaintText } from "./complaint.ts";
import type { Path, Place } from "./document.ts";
import { doubts } from "./doubts.ts";
import type { Environment } from "./environment.ts";
import { type Kind, right } from "./field.ts";
import { findFile, type ReadFile } from "./find-file.ts";
import { instanceOf, withAddresses } from "./instances.ts";
import { pathText } from "./issues.ts";
import { type ListenAddress, listenAddress } from "./listen-address.ts";
import { readConfig } from "./read-config.ts";
import { relatedFile } from "./related-file.ts";
import { ruleOf } from "./rules.ts";
import { type ConfigInput, configSchema, logFormat, logLevel } from "./schema.ts";
import { statsAddress } from "./stats-address.ts";

/** What the command line says, and the world that it is said in. */
export interface LoadRequest {
  /** `--config`; without it the usual places are looked at. */
  readonly file?: string | null | undefined;
  /** `--haproxy`, each an address such as `unix:/run/haproxy/admin.sock`. */
  readonly haproxy: readonly string[];
  readonly listen?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
  readonly env: Environment;
  /** Throws with a `code`, like `readFileSync(path, "utf8")`. */
  readonly readFile: ReadFile;
  readonly cwd: string;
}

/** Settings, with no instance where none was named; or everything that is wrong, in the order of the file. */
export type Loaded =
  | {
      readonly kind: "loaded";
      readonly settings: Settings;
      /** Absolute path of the file; null if there is none. */
      readonly file: string | null;
      /** Lines about what is allowed and probably not meant. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: "broken"; readonly complaints: readonly Complaint[] };

/** Finds, reads and checks the configuration. Never throws for what a file or an option holds. */
export function loadSettings(request: LoadRequest): Loaded {
  const options = readOptions(request);
  const found = findFile(request.file ?? null, request.env, request.readFile, request.cwd);
  if (found.kind === "none") {
    if (options.complaints.length > 0) return { kind: "broken", complaints: options.complaints };
    const settings = compose(configSchema.parse({}), options, (name) => name);
    return { kind: "loaded", settings, file: null, warnings: [] };
  }
  const shownName = request.file ?? found.path;
  if (found.kind === "unreadable") {
    const unreadable = { code: "HAPROBE_CONFIG_UNREADABLE", file: shownName, line: null, column: null } as const;
    return { kind: "broken", complaints: [{ ...unreadable, message: found.message }, ...options.complaints] };
  }
  const reading = readConfig(found.text, shownName, request.env);
  if (reading.kind === "wrong") {
    return { kind: "broken", complaints: [...reading.complaints, ...options.complaints] };
  }
  if (options.complaints.length > 0) return { kind: "broken", complaints: options.complaints };

  const warnings: string[] = [];
  const warn = (path: Path, message: string): void => {
    warnings.push(warning(shownName, reading.placeOf(path), `${pathText(path)} ${message}`));
  };
  const settings = compose(reading.config, options, (name, path) => {
    const file = relatedFile(name, found.path, request.env, request.readFile);
    if (file.fault !== null) warn(path, `names ${file.path}, and ${file.fault}; probes that need it fail until then`);
    return file.path;
  });
  for (const { path, message } of doubts(settings.instances, settings.rules)) warn(path, message);
  return { kind: "loaded", settings, file: found.path, warnings };
}

interface Options {
  readonly addresses: readonly StatsAddress[];
  readonly listen: ListenAddress | null;
  readonly logLevel: LogLevel | null;
  readonly logFormat: LogFormat | null;
  readonly complaints: readonly Complaint[];
}

function readOptions(request: LoadRequest): Options {
  const complaints: Complaint[] = [];
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
    addresses: request.haproxy.flatMap((url) => read("--haproxy", statsAddress, url) ?? []),
    listen: read("--listen", listenAddress, request.listen),
    logLevel: read("--log-level", logLevel, request.logLevel),
    logFormat: read("--log-format", logFormat, request.logFormat),
    complaints,
  };
}

/** Joins file and command line; the command line wins. */
function compose(config: ConfigInput, options: Options, fileOf: (name: string, path: Path) => string): Settings {
  const defaults = config["haproxy-defaults"];
  const own = config.haproxy.map((input) => instanceOf(input, defaults));
  return {
    listen: options.listen ?? config.listen,
    publicUrl: config["public-url"] ?? null,
    instances: withAddresses(own, options.addresses, defaults),
    rules: config.probes.map((rule, index) =>
      ruleOf(rule, (name, path) => fileOf(name, ["probes", index, ...path])),
    ),
    metricsPerServer: config.metrics["per-server"],
    logLevel: options.logLevel ?? config["log-level"],
    logFormat: options.logFormat ?? config["log-format"],
  };
}

function warning(file: string, { line, column }: Place, message: string): string {
  return complaintText({ code: "HAPROBE_CONFIG_INVALID", file, line, column, message });
}
