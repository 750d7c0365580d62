import type { DiscoverySettings, LogFormat, LogLevel, Settings, StatsAddress } from "../contract/settings.ts";
import { type Complaint, complaintText } from "./complaint.ts";
import type { Path, Place } from "./document.ts";
import { ruleDoubts } from "./doubts.ts";
import type { Environment } from "./environment.ts";
import { type Kind, right } from "./field.ts";
import { findFile, type ReadFile } from "./find-file.ts";
import { type EntryPlace, gatherEntries, type PlacedEntry, type ReadFolder } from "./haproxy-entries.ts";
import { instanceDoubts, type PlacedInstance } from "./instance-doubts.ts";
import { discoveryOf, instanceOf, withAddresses } from "./instances.ts";
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
  /** For entries such as `file: instances/*.yaml`; throws with a `code`, like `readdirSync`. */
  readonly readFolder?: ReadFolder;
  readonly cwd: string;
}

/** Settings, with no instance where none was named; or everything that is wrong, in the order of the file. */
export type Loaded =
  | {
      readonly kind: "loaded";
      readonly settings: Settings;
      /** Absolute path of the file; null if there is none. */
      readonly file: string | null;
      /** Files and folders whose change may change the settings, that file included. */
      readonly watched: readonly string[];
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
    const { settings } = compose(configSchema.parse({}), [], options, (name) => name);
    return { kind: "loaded", settings, file: null, watched: [], warnings: [] };
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

  const top: EntryPlace = { file: shownName, filePath: found.path, path: [], placeOf: reading.placeOf };
  const files = { env: request.env, readFile: request.readFile, readFolder: request.readFolder ?? noFolder };
  const gathered = gatherEntries(reading.config.haproxy, top, files);
  if (gathered.complaints.length > 0) return { kind: "broken", complaints: gathered.complaints };

  const warnings: string[] = [];
  const warn = ({ file, placeOf }: EntryPlace, path: Path, message: string): void => {
    warnings.push(warning(file, placeOf(path), `${pathText(path)} ${message}`));
  };
  for (const { at, message } of gathered.unmatched) warn(at, [...at.path, "file"], message);
  const { settings, placed } = compose(reading.config, gathered.entries, options, (name, path, at = top) => {
    const file = relatedFile(name, at.filePath, request.env, request.readFile);
    if (file.fault !== null) warn(at, path, `names ${file.path}, and ${file.fault}; what needs it fails until then`);
    return file.path;
  });
  for (const { path, message } of ruleDoubts(settings.rules)) warn(top, path, message);
  for (const { at, path, message } of instanceDoubts(placed)) warn(at, path, message);
  return { kind: "loaded", settings, file: found.path, watched: [found.path, ...gathered.watched], warnings };
}

/** Finds a file that is named at a place of `at`, else of the configuration file. */
type FindFile = (name: string, path: Path, at?: EntryPlace) => string;

function noFolder(): never {
  throw Object.assign(new Error("no folders are read here"), { code: "ENOENT" });
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

/** Joins files and command line; the command line wins. */
function compose(
  config: ConfigInput,
  entries: readonly PlacedEntry[],
  options: Options,
  fileOf: FindFile,
): { settings: Settings; placed: readonly PlacedInstance[] } {
  const defaults = config["haproxy-defaults"];
  const placed: PlacedInstance[] = [];
  const discoveries: DiscoverySettings[] = [];
  for (const entry of entries) {
    const { at } = entry;
    const own = (name: string, key: string): string => fileOf(name, [...at.path, key], at);
    if (entry.kind === "instance") placed.push({ at, settings: instanceOf(entry.input, defaults, own) });
    else discoveries.push(discoveryOf(entry.input, defaults, own));
  }
  const named = placed.map((each) => each.settings);
  const shared = (name: string, key: string): string => fileOf(name, ["haproxy-defaults", key]);
  const settings: Settings = {
    listen: options.listen ?? config.listen,
    publicUrl: config["public-url"] ?? null,
    instances: withAddresses(named, options.addresses, defaults, shared),
    discoveries,
    rules: config.probes.map((rule, index) => ruleOf(rule, (name, path) => fileOf(name, ["probes", index, ...path]))),
    metricsPerServer: config.metrics["per-server"],
    logLevel: options.logLevel ?? config["log-level"],
    logFormat: options.logFormat ?? config["log-format"],
  };
  return { settings, placed };
}

function warning(file: string, { line, column }: Place, message: string): string {
  return complaintText({ code: "HAPROBE_CONFIG_INVALID", file, line, column, message });
}
