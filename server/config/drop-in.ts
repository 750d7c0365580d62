import { basename } from "node:path";
import { z } from "zod";
import { type ConfigError, configError, sortConfigErrors } from "./config-error.ts";
import type { ConfigFile } from "./config-file.ts";
import { type ConfigDocument, isMapping } from "./document.ts";
import type { Environment } from "./environment.ts";
import { pathText } from "./issues.ts";
import { isReservedKey } from "./reserved-keys.ts";
import { nearestWord } from "./nearest-word.ts";
import { collectErrors, type FilePaths, parseYamlDocument, locateFile, type InvalidFile } from "./parse-config.ts";
import { fillPresets } from "./presets.ts";
import { configSchema, sharedKeys } from "./schema.ts";

// Other keys are reported below, where the file in which they belong is known.
const dropInSchema = z.object(sharedKeys);
const KEYS = Object.keys(sharedKeys);
const MAIN_KEYS = Object.keys(configSchema.in.shape);

/** Parses the text of a file of `conf.d`, which may hold `haproxy:` and `probes:` only; all other keys belong into `mainFile`. */
export function parseDropIn(
  text: string,
  name: FilePaths,
  mainFile: string,
  env: Environment,
): ({ readonly kind: "right" } & ConfigFile) | InvalidFile {
  const { file } = name;
  const opened = parseYamlDocument(text, name, env);
  if (opened.kind === "wrong") return opened;
  const { document } = opened;
  if (document.value === null) {
    const message = `the file is empty; expected ${KEYS.join(": or ")}:, or no file at all`;
    return { kind: "wrong", errors: [configError(file, { line: 1, column: 1 }, message)] };
  }
  const parsed = dropInSchema.safeParse(fillPresets(document.value));
  const errors = [
    ...foreignKeys(document, file, basename(mainFile)),
    ...collectErrors(parsed.error?.issues ?? [], document, file),
  ];
  if (!parsed.success || errors.length > 0) return { kind: "wrong", errors: sortConfigErrors(errors) };
  return { kind: "right", at: locateFile(document, name), ...parsed.data };
}

function foreignKeys(document: ConfigDocument, file: string, mainFile: string): ConfigError[] {
  if (!isMapping(document.value)) return [];
  return Object.keys(document.value)
    .filter((key) => !KEYS.includes(key))
    .map((key) => configError(file, document.keyPosition([key]), `${pathText([key])} ${foreignKey(key, mainFile)}`));
}

function foreignKey(key: string, mainFile: string): string {
  if (isReservedKey("", key)) return "is not available in this version; leave it out";
  const near = MAIN_KEYS.includes(key) ? null : nearestWord(key, KEYS);
  if (near !== null) return `is not known; did you mean ${near}?`;
  return `has no place here: files of conf.d hold ${KEYS.join(" and ")} only, all else belongs into ${mainFile}`;
}
