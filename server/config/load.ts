import type { Settings } from "../contract/settings.ts";
import { type CommandLineOptions, type CommandLineResult, parseCommandLine } from "./command-line-options.ts";
import { type ConfigError, configError, formatConfigError, unreadableFile } from "./config-error.ts";
import { composeSettings, type ConfigEntries } from "./compose.ts";
import type { ConfigFile, ConfigWarning } from "./config-file.ts";
import { type ConfigIo, findConfigFile, type ReadFolder } from "./find-config-file.ts";
import { collectEntries } from "./haproxy-entries.ts";
import { findInstanceWarnings } from "./instance-warnings.ts";
import { pathText } from "./issues.ts";
import { readDropIns } from "./drop-ins.ts";
import { parseConfig } from "./parse-config.ts";
import { resolveReferencedFile } from "./referenced-file.ts";
import { findRuleWarnings } from "./rule-warnings.ts";
import { configSchema } from "./schema.ts";

/** What the command line says, and the world that it is said in. */
export interface LoadRequest extends CommandLineOptions, Omit<ConfigIo, "readFolder"> {
  /** `--config`; without it the usual places are looked at. */
  readonly file?: string | null | undefined;
  /** For `conf.d` and for entries such as `file: instances/*.yaml`; without it there are no folders. */
  readonly readFolder?: ReadFolder;
  readonly cwd: string;
}

/** Settings, with no instance where none was named; or everything that is wrong, in the order of the files. */
export type LoadResult =
  | {
      readonly kind: "loaded";
      readonly settings: Settings;
      /** Absolute path of the main file; null if there is none. */
      readonly file: string | null;
      /** Absolute paths of all files that were read, the main file first; of those that are only named (a CA's), none. */
      readonly files: readonly string[];
      /** Files and folders whose change may change the settings, those files included. */
      readonly watched: readonly string[];
      /** Lines about what is allowed and probably not meant. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: "broken"; readonly errors: readonly ConfigError[]; readonly watched: readonly string[] };

/** Finds, reads and checks the configuration. Never throws for what a file or an option holds. */
export function loadSettings(request: LoadRequest): LoadResult {
  const options = parseCommandLine(request);
  const world = { ...request, readFolder: request.readFolder ?? noFolder };
  const found = findConfigFile(request.file ?? null, world, request.cwd);
  if (found.kind === "none") {
    if (options.errors.length > 0) return { kind: "broken", errors: options.errors, watched: [] };
    const { settings } = composeSettings(
      configSchema.parse({}),
      { entries: [], rules: [] },
      options,
      ({ name }) => name,
    );
    return { kind: "loaded", settings, file: null, files: [], watched: [], warnings: [] };
  }
  const shown = request.file ?? found.path;
  if (found.kind === "unreadable") {
    const complaints = [unreadableFile(shown, found.message), ...options.errors];
    return { kind: "broken", errors: complaints, watched: [found.path] };
  }
  return loadFiles({ ...found, shown }, options, world);
}

/** The main file, its pieces, and the files that they name. */
function loadFiles(
  { path, text, shown }: { readonly path: string; readonly text: string; readonly shown: string },
  options: CommandLineResult,
  world: ConfigIo,
): LoadResult {
  const reading = parseConfig(text, { file: shown, filePath: path }, world.env);
  const pieces = readDropIns(shown, path, world);
  const parts = reading.kind === "right" ? [reading, ...pieces.configFiles] : pieces.configFiles;
  const gathered = collectEntries(parts, world);
  const files = [path, ...pieces.files, ...gathered.files];
  const watched = [...new Set([...files, pieces.folder, ...gathered.folders])];
  // Of all files at once, even where one of them cannot be read.
  const complaints = [
    ...(reading.kind === "wrong" ? reading.errors : []),
    ...pieces.errors,
    ...gathered.errors,
    ...options.errors,
  ];
  if (reading.kind === "wrong" || complaints.length > 0) return { kind: "broken", errors: complaints, watched };

  const doubts: ConfigWarning[] = [...gathered.warnings];
  const lists = { entries: gathered.entries, rules: locateRules(parts) };
  const composed = composeSettings(reading.config, lists, options, ({ name, path: key, at = reading.at }) => {
    const file = resolveReferencedFile(name, at.filePath, world);
    const message = `names ${file.path}, and ${file.error}; what needs it fails until then`;
    if (file.error !== null) doubts.push({ at, path: key, message });
    return file.path;
  });
  doubts.push(...findRuleWarnings(composed.rules), ...findInstanceWarnings(composed.instances));
  const warnings = [...pieces.warnings, ...doubts.map(formatWarning)];
  return { kind: "loaded", settings: composed.settings, file: path, files, watched, warnings };
}

function locateRules(parts: readonly ConfigFile[]): ConfigEntries["rules"] {
  return parts.flatMap(({ at, probes }) =>
    probes.map((settings, index) => ({ settings, at: { ...at, path: ["probes", index] } })),
  );
}

function formatWarning({ at, path, message }: ConfigWarning): string {
  return formatConfigError(configError(at.file, at.positionOf(path), `${pathText(path)} ${message}`));
}

function noFolder(): never {
  throw Object.assign(new Error("no folders are read here"), { code: "ENOENT" });
}
