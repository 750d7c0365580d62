import { dirname, join } from "node:path";
import { BOUNDS } from "../bounds.ts";
import { type ConfigError, unreadableFile } from "./config-error.ts";
import type { ConfigFile } from "./config-file.ts";
import { type ConfigIo, errorCode, readErrorText } from "./find-config-file.ts";
import { parseDropIn } from "./drop-in.ts";

/** The folder beside the configuration file. */
const FOLDER = "conf.d";

/** What is in `conf.d`. */
export interface DropIns {
  /** In the order of the files' names. */
  readonly configFiles: readonly ConfigFile[];
  readonly errors: readonly ConfigError[];
  readonly warnings: readonly string[];
  /** Absolute paths of the files that count. */
  readonly files: readonly string[];
  /** The folder's, which need not be there yet. */
  readonly folder: string;
}

/** Reads `conf.d/*.yaml` beside the main file, `shown` as `haprobe.yaml` and found at `path`. Hidden files are left alone. */
export function readDropIns(shown: string, path: string, world: ConfigIo): DropIns {
  const folder = join(dirname(path), FOLDER);
  const shownFolder = join(dirname(shown), FOLDER);
  const none = { configFiles: [], files: [], folder, warnings: [] };
  const names = listFolder(folder, world);
  if (names.kind === "wrong") return { ...none, errors: [unreadableFile(shownFolder, names.message)] };
  const visible = names.names.filter((name) => !name.startsWith(".")).toSorted();
  const counting = visible.filter((name) => name.endsWith(".yaml"));
  if (counting.length > BOUNDS.configDropInsMax) {
    const message = `holds ${counting.length} files *.yaml; expected at most ${BOUNDS.configDropInsMax}`;
    return { ...none, errors: [{ ...unreadableFile(shownFolder, message), code: "HAPROBE_CONFIG_INVALID" }] };
  }

  const parts: ConfigFile[] = [];
  const complaints: ConfigError[] = [];
  for (const name of counting) {
    const file = { file: join(shownFolder, name), filePath: join(folder, name) };
    let text: string;
    try {
      text = world.readFile(file.filePath);
    } catch (error) {
      complaints.push(unreadableFile(file.file, readErrorText(errorCode(error))));
      continue;
    }
    const reading = parseDropIn(text, file, shown, world.env);
    if (reading.kind === "right") parts.push(reading);
    else complaints.push(...reading.errors);
  }
  const warnings = visible
    .filter((name) => !name.endsWith(".yaml") && /\.ya?ml$/i.test(name))
    .map((name) => `${join(shownFolder, name)}: is not read; expected a name that ends in .yaml`);
  return {
    configFiles: parts,
    errors: complaints,
    warnings,
    files: counting.map((name) => join(folder, name)),
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
      return { kind: "wrong", message: "it is no folder; expected one with further files, or none" };
    return { kind: "wrong", message: readErrorText(code) };
  }
}
