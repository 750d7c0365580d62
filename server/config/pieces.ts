import { dirname, join } from "node:path";
import { BOUNDS } from "../bounds.ts";
import { type Complaint, unreadable } from "./complaint.ts";
import type { ConfigPart } from "./config-part.ts";
import { type ConfigWorld, errorCode, readFault } from "./find-file.ts";
import { readPiece } from "./piece.ts";

/** The folder beside the configuration file. */
const FOLDER = "conf.d";

/** What is in `conf.d`. */
export interface Pieces {
  /** In the order of the files' names. */
  readonly parts: readonly ConfigPart[];
  readonly complaints: readonly Complaint[];
  readonly warnings: readonly string[];
  /** Absolute paths of the files that count. */
  readonly files: readonly string[];
  /** The folder's, which need not be there yet. */
  readonly folder: string;
}

/** Reads `conf.d/*.yaml` beside the main file, `shown` as `haprobe.yaml` and found at `path`. Hidden files are left alone. */
export function readPieces(shown: string, path: string, world: ConfigWorld): Pieces {
  const folder = join(dirname(path), FOLDER);
  const shownFolder = join(dirname(shown), FOLDER);
  const none = { parts: [], files: [], folder, warnings: [] };
  const names = namesIn(folder, world);
  if (names.kind === "wrong") return { ...none, complaints: [unreadable(shownFolder, names.message)] };
  const visible = names.names.filter((name) => !name.startsWith(".")).toSorted();
  const counting = visible.filter((name) => name.endsWith(".yaml"));
  if (counting.length > BOUNDS.configDropInsMax) {
    const message = `holds ${counting.length} files *.yaml; expected at most ${BOUNDS.configDropInsMax}`;
    return { ...none, complaints: [{ ...unreadable(shownFolder, message), code: "HAPROBE_CONFIG_INVALID" }] };
  }

  const parts: ConfigPart[] = [];
  const complaints: Complaint[] = [];
  for (const name of counting) {
    const file = { file: join(shownFolder, name), filePath: join(folder, name) };
    let text: string;
    try {
      text = world.readFile(file.filePath);
    } catch (error) {
      complaints.push(unreadable(file.file, readFault(errorCode(error))));
      continue;
    }
    const reading = readPiece(text, file, shown, world.env);
    if (reading.kind === "right") parts.push(reading);
    else complaints.push(...reading.complaints);
  }
  const warnings = visible
    .filter((name) => !name.endsWith(".yaml") && /\.ya?ml$/i.test(name))
    .map((name) => `${join(shownFolder, name)}: is not read; expected a name that ends in .yaml`);
  return { parts, complaints, warnings, files: counting.map((name) => join(folder, name)), folder };
}

function namesIn(
  folder: string,
  { readFolder }: ConfigWorld,
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
    return { kind: "wrong", message: readFault(code) };
  }
}
