import type { Settings } from "../contract/settings.ts";
import { type CommandLineOptions, type CommandLineResult, parseCommandLine } from "./command-line-options.ts";
import { type ConfigError, configError, formatConfigError, unreadableFile } from "./config-error.ts";
import { composeSettings, type ConfigEntries } from "./compose.ts";
import type { ConfigFile, ConfigWarning, FileLocation } from "./config-file.ts";
import { type ConfigIo, findConfigFile, type ReadFolder } from "./find-config-file.ts";
import { collectEntries, outOfScope } from "./haproxy-entries.ts";
import { findInstanceWarnings } from "./instance-warnings.ts";
import { pathText } from "./issues.ts";
import { readDropIns } from "./drop-ins.ts";
import { openListenerError } from "./open-listener.ts";
import { parseConfig } from "./parse-config.ts";
import { resolveReferencedFile } from "./referenced-file.ts";
import { FULL_SCOPE } from "./file-scope.ts";
import { findRuleWarnings, isSecretFileKey } from "./rule-warnings.ts";
import { configSchema } from "./schema.ts";
import { readUsersFile } from "./users-file.ts";

/** The options of the command line, and the access to files and variables. */
export interface LoadRequest extends CommandLineOptions, Omit<ConfigIo, "readFolder"> {
  /** `--config`; without it the default paths are tried. */
  readonly file?: string | null | undefined;
  /** For `conf.d` and for entries such as `file: instances/*.yaml`; without it no folder is read. */
  readonly readFolder?: ReadFolder;
  readonly cwd: string;
}

/** The settings, or all errors in the order of the files. The settings hold no instance where none is configured. */
export type LoadResult =
  | {
      readonly kind: "loaded";
      readonly settings: Settings;
      /** Absolute path of the main file; null if there is none. */
      readonly file: string | null;
      /** Absolute paths of all configuration files, the main file first; without the files that they only name, such as a CA. */
      readonly files: readonly string[];
      /** Files and folders whose change may change the settings. */
      readonly watched: readonly string[];
      /** Lines about settings that are allowed and probably not meant. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: "broken"; readonly errors: readonly ConfigError[]; readonly watched: readonly string[] };

/** Finds, reads and checks the configuration. Never throws for what a file or an option holds. */
export function loadSettings(request: LoadRequest): LoadResult {
  const options = parseCommandLine(request);
  const io = { ...request, readFolder: request.readFolder ?? noFolder };
  const found = findConfigFile(request.file ?? null, io, request.cwd);
  if (found.kind === "none") {
    if (options.errors.length > 0) return { kind: "broken", errors: options.errors, watched: [] };
    const { settings } = composeSettings(
      configSchema.parse({}),
      { entries: [], rules: [] },
      options,
      ({ name }) => name,
      { ...request, file: null },
    );
    const errors = refuseOpenListener(settings, options, null);
    if (errors.length > 0) return { kind: "broken", errors, watched: [] };
    return { kind: "loaded", settings, file: null, files: [], watched: [], warnings: options.warnings };
  }
  const shown = request.file ?? found.path;
  if (found.kind === "unreadable") {
    const errors = [unreadableFile(shown, found.message), ...options.errors];
    return { kind: "broken", errors, watched: [found.path] };
  }
  return loadFiles({ ...found, shown }, options, io, request.cwd);
}

/** Loads the main file, the files of `conf.d` and the files that both name. */
function loadFiles(
  { path, text, shown }: { readonly path: string; readonly text: string; readonly shown: string },
  options: CommandLineResult,
  io: ConfigIo,
  cwd: string,
): LoadResult {
  const main = parseConfig(text, { file: shown, filePath: path, scope: FULL_SCOPE }, io.env);
  const dropIns = readDropIns(shown, path, main.kind === "right" ? main.config.confD : null, io);
  const configFiles = main.kind === "right" ? [main, ...dropIns.configFiles] : dropIns.configFiles;
  const collected = collectEntries(configFiles, io);
  const files = [path, ...dropIns.files, ...collected.files];
  const watched = [...new Set([...files, dropIns.folder, ...collected.folders])];
  // All files are parsed, so that one that cannot be read hides no other error.
  const errors = [
    ...(main.kind === "wrong" ? main.errors : []),
    ...dropIns.errors,
    ...collected.errors,
    ...options.errors,
  ];
  if (main.kind === "wrong" || errors.length > 0) return { kind: "broken", errors, watched };

  const refused: ConfigError[] = [];
  const warned: ConfigWarning[] = [...collected.warnings];
  const fileScopes = new Map<string, readonly string[]>();
  const lists = { entries: collected.entries, rules: locateRules(configFiles) };
  const composed = composeSettings(
    main.config,
    lists,
    options,
    ({ name, path: key, at = main.at }) => {
      const file = resolveReferencedFile(name, at, io);
      if (!file.isAllowed) refused.push(outOfScope(file.path, at, key));
      if (at.scope.folders !== null) fileScopes.set(file.path, at.scope.folders);
      if (isSecretFileKey(key.at(-1)) && isWorldReadable(file.path, io)) {
        warned.push({
          at,
          path: key,
          message: `names ${file.path}, which every user can read; expected mode 640 or less`,
        });
      }
      const message = `names ${file.path}: ${file.error}; what needs it fails until then`;
      if (file.error !== null) warned.push({ at, path: key, message });
      return file.path;
    },
    { env: io.env, cwd, file: path },
  );
  refused.push(...refuseOpenListener(composed.settings, options, main.at));
  if (refused.length > 0) return { kind: "broken", errors: refused, watched };
  const { usersFile } = composed.settings.auth;
  const users = usersFile === null ? null : readUsersFile(usersFile, io);
  if (usersFile !== null) watched.push(usersFile);
  if (users?.kind === "wrong") return { kind: "broken", errors: users.errors, watched };
  if (users?.kind === "unreadable") {
    const key = ["auth", "users-file"];
    const message = `${pathText(key)} names a file that ${users.message}`;
    return { kind: "broken", errors: [configError(main.at.file, main.at.positionOf(key), message)], watched };
  }
  const auth = { ...composed.settings.auth, users: users?.users ?? [] };
  warned.push(...findRuleWarnings(composed.rules), ...findInstanceWarnings(composed.instances, io));
  const warnings = [...dropIns.warnings, ...warned.map(formatWarning), ...options.warnings];
  return { kind: "loaded", settings: { ...composed.settings, auth, fileScopes }, file: path, files, watched, warnings };
}

/** The error of a listener that is open to other machines, at the option or the key that opens it. */
function refuseOpenListener(settings: Settings, options: CommandLineResult, at: FileLocation | null): ConfigError[] {
  const message = openListenerError(settings);
  if (message === null) return [];
  if (options.listen !== null || at === null) {
    return [{ code: "HAPROBE_USAGE", file: "--listen", line: null, column: null, message: `the value ${message}` }];
  }
  return [configError(at.file, at.positionOf(["listen"]), `listen ${message}`)];
}

function locateRules(configFiles: readonly ConfigFile[]): ConfigEntries["rules"] {
  return configFiles.flatMap(({ at, probes }) =>
    probes.map((settings, index) => ({ settings, at: { ...at, path: ["probes", index] } })),
  );
}

function isWorldReadable(path: string, { statusOf }: ConfigIo): boolean {
  return ((statusOf?.(path)?.mode ?? 0) & 0o004) !== 0;
}

function formatWarning({ at, path, message }: ConfigWarning): string {
  return formatConfigError(configError(at.file, at.positionOf(path), `${pathText(path)} ${message}`));
}

function noFolder(): never {
  throw Object.assign(new Error("no folders are read here"), { code: "ENOENT" });
}
