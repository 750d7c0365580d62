import type { Settings } from "../contract/settings.ts";
import { type CommandLine, type CommandLineReading, readCommandLine } from "./command-line.ts";
import { type Complaint, complaint, complaintText, unreadable } from "./complaint.ts";
import { compose, type Lists } from "./compose.ts";
import type { ConfigPart, Doubt } from "./config-part.ts";
import { type ConfigWorld, findFile, type ReadFolder } from "./find-file.ts";
import { gatherEntries } from "./haproxy-entries.ts";
import { instanceDoubts } from "./instance-doubts.ts";
import { pathText } from "./issues.ts";
import { readPieces } from "./pieces.ts";
import { readConfig } from "./read-config.ts";
import { relatedFile } from "./related-file.ts";
import { ruleDoubts } from "./rule-doubts.ts";
import { configSchema } from "./schema.ts";

/** What the command line says, and the world that it is said in. */
export interface LoadRequest extends CommandLine, Omit<ConfigWorld, "readFolder"> {
  /** `--config`; without it the usual places are looked at. */
  readonly file?: string | null | undefined;
  /** For `conf.d` and for entries such as `file: instances/*.yaml`; without it there are no folders. */
  readonly readFolder?: ReadFolder;
  readonly cwd: string;
}

/** Settings, with no instance where none was named; or everything that is wrong, in the order of the files. */
export type Loaded =
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
  | { readonly kind: "broken"; readonly complaints: readonly Complaint[]; readonly watched: readonly string[] };

/** Finds, reads and checks the configuration. Never throws for what a file or an option holds. */
export function loadSettings(request: LoadRequest): Loaded {
  const options = readCommandLine(request);
  const world = { ...request, readFolder: request.readFolder ?? noFolder };
  const found = findFile(request.file ?? null, world, request.cwd);
  if (found.kind === "none") {
    if (options.complaints.length > 0) return { kind: "broken", complaints: options.complaints, watched: [] };
    const { settings } = compose(configSchema.parse({}), { entries: [], rules: [] }, options, ({ name }) => name);
    return { kind: "loaded", settings, file: null, files: [], watched: [], warnings: [] };
  }
  const shown = request.file ?? found.path;
  if (found.kind === "unreadable") {
    const complaints = [unreadable(shown, found.message), ...options.complaints];
    return { kind: "broken", complaints, watched: [found.path] };
  }
  return loadFiles({ ...found, shown }, options, world);
}

/** The main file, its pieces, and the files that they name. */
function loadFiles(
  { path, text, shown }: { readonly path: string; readonly text: string; readonly shown: string },
  options: CommandLineReading,
  world: ConfigWorld,
): Loaded {
  const reading = readConfig(text, { file: shown, filePath: path }, world.env);
  const pieces = readPieces(shown, path, world);
  const parts = reading.kind === "right" ? [reading, ...pieces.parts] : pieces.parts;
  const gathered = gatherEntries(parts, world);
  const files = [path, ...pieces.files, ...gathered.files];
  const watched = [...new Set([...files, pieces.folder, ...gathered.folders])];
  // Of all files at once, even where one of them cannot be read.
  const complaints = [
    ...(reading.kind === "wrong" ? reading.complaints : []),
    ...pieces.complaints,
    ...gathered.complaints,
    ...options.complaints,
  ];
  if (reading.kind === "wrong" || complaints.length > 0) return { kind: "broken", complaints, watched };

  const doubts: Doubt[] = [...gathered.doubts];
  const lists = { entries: gathered.entries, rules: placedRules(parts) };
  const composed = compose(reading.config, lists, options, ({ name, path: key, at = reading.at }) => {
    const file = relatedFile(name, at.filePath, world);
    const message = `names ${file.path}, and ${file.fault}; what needs it fails until then`;
    if (file.fault !== null) doubts.push({ at, path: key, message });
    return file.path;
  });
  doubts.push(...ruleDoubts(composed.rules), ...instanceDoubts(composed.instances));
  const warnings = [...pieces.warnings, ...doubts.map(doubtText)];
  return { kind: "loaded", settings: composed.settings, file: path, files, watched, warnings };
}

function placedRules(parts: readonly ConfigPart[]): Lists["rules"] {
  return parts.flatMap(({ at, probes }) =>
    probes.map((input, index) => ({ input, at: { ...at, path: ["probes", index] } })),
  );
}

function doubtText({ at, path, message }: Doubt): string {
  return complaintText(complaint(at.file, at.placeOf(path), `${pathText(path)} ${message}`));
}

function noFolder(): never {
  throw Object.assign(new Error("no folders are read here"), { code: "ENOENT" });
}
