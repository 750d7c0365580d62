import { dirname, join } from "node:path";
import { BOUNDS } from "../bounds.ts";
import { type ConfigError, unreadableFile } from "./config-error.ts";
import type { ConfigFile } from "./config-file.ts";
import { type ConfigIo, errorCode, readErrorText } from "./find-config-file.ts";
import { parseDropIn } from "./drop-in.ts";
import { dropInScope, FULL_SCOPE } from "./file-scope.ts";
import type { ConfigInput } from "./schema.ts";

const FOLDER = "conf.d";

/** The files of `conf.d`, and their errors and warnings. */
export interface DropIns {
  /** In the order of the files' names. */
  readonly configFiles: readonly ConfigFile[];
  readonly errors: readonly ConfigError[];
  readonly warnings: readonly string[];
  /** Absolute paths of the files that are read. */
  readonly files: readonly string[];
  /** Absolute path of the folder, which need not exist yet. */
  readonly folder: string;
}

/** `conf-d` of the main file; null if the main file is invalid. */
type DropInGrants = ConfigInput["confD"] | null;

/** Reads `conf.d/*.yaml` beside the main file, which is found at `path` and named `shown` in errors. Hidden files are ignored. `grants` is what they may use beside the files of their folder. */
export function readDropIns(shown: string, path: string, grants: DropInGrants, io: ConfigIo): DropIns {
  const folder = join(dirname(path), FOLDER);
  const scope = grants === null ? FULL_SCOPE : dropInScope(folder, dirname(path), grants);
  const shownFolder = join(dirname(shown), FOLDER);
  const none = { configFiles: [], files: [], folder, warnings: [] };
  const names = listFolder(folder, io);
  if (names.kind === "wrong") return { ...none, errors: [unreadableFile(shownFolder, names.message)] };
  const visible = names.names.filter((name) => !name.startsWith(".")).toSorted();
  const yamlFiles = visible.filter((name) => name.endsWith(".yaml"));
  if (yamlFiles.length > BOUNDS.configDropInsMax) {
    const message = `holds ${yamlFiles.length} files *.yaml; expected at most ${BOUNDS.configDropInsMax}`;
    return { ...none, errors: [{ ...unreadableFile(shownFolder, message), code: "HAPROBE_CONFIG_INVALID" }] };
  }

  const configFiles: ConfigFile[] = [];
  const errors: ConfigError[] = [];
  for (const name of yamlFiles) {
    const file = { file: join(shownFolder, name), filePath: join(folder, name), scope };
    let text: string;
    try {
      text = io.readFile(file.filePath, scope.folders);
    } catch (error) {
      errors.push(unreadableFile(file.file, readErrorText(errorCode(error))));
      continue;
    }
    const reading = parseDropIn(text, file, shown, io.env);
    if (reading.kind === "right") configFiles.push(reading);
    else errors.push(...reading.errors);
  }
  const warnings = visible
    .filter((name) => !name.endsWith(".yaml") && /\.ya?ml$/i.test(name))
    .map((name) => `${join(shownFolder, name)}: is not read; expected a name that ends in .yaml`);
  return {
    configFiles,
    errors,
    warnings,
    files: yamlFiles.map((name) => join(folder, name)),
    folder,
  };
}

function listFolder(
  folder: string,
  { readFolder }: ConfigIo,
):
  | { readonly kind: "right"; readonly names: readonly string[] }
  | { readonly kind: "wrong"; readonly message: string } {
  try {
    return { kind: "right", names: readFolder(folder) };
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") return { kind: "right", names: [] };
    if (code === "ENOTDIR")
      return { kind: "wrong", message: "it is no folder; expected a folder with further files, or none" };
    return { kind: "wrong", message: readErrorText(code) };
  }
}
