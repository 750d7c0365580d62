import { z } from "zod";
import type { EntryLocation } from "./config-file.ts";
import type { ConfigDocument, Path } from "./document.ts";
import { type ConfigIo, errorCode, readErrorText } from "./find-config-file.ts";
import { type InstanceInput, instanceSchema } from "./instance-schema.ts";
import { collectErrors, type FilePaths, parseYamlDocument, locateFile, type InvalidFile } from "./parse-config.ts";

/** The entries of a file that an entry names, or its errors; `unreadable` where it could not be opened. */
export type InstanceFileResult =
  | { readonly kind: "right"; readonly entries: readonly InstanceEntry[] }
  | InvalidFile
  | { readonly kind: "unreadable"; readonly error: string };

interface InstanceEntry {
  readonly kind: "instance";
  readonly input: InstanceInput;
  readonly at: EntryLocation;
}

const listSchema = z.object({ haproxy: z.array(instanceSchema) });

/** Reads a list of entries as under `haproxy:`, or a single one. */
export function readInstanceFile(name: FilePaths, { env, readFile }: ConfigIo): InstanceFileResult {
  let text: string;
  try {
    text = readFile(name.filePath, name.scope.folders);
  } catch (error) {
    return { kind: "unreadable", error: readErrorText(errorCode(error)) };
  }
  const opened = parseYamlDocument(text, name, env);
  if (opened.kind === "wrong") return opened;
  const document = asHaproxyList(opened.document);
  const parsed = listSchema.safeParse(document.value);
  const errors = collectErrors(parsed.error?.issues ?? [], document, name.file);
  if (!parsed.success || errors.length > 0) return { kind: "wrong", errors };
  const at = locateFile(document, name);
  const entries = parsed.data.haproxy.map((input, index) => ({
    kind: "instance" as const,
    input,
    at: { ...at, path: ["haproxy", index] },
  }));
  return { kind: "right", entries };
}

/** The document with its entries under `haproxy:`, so that errors name them as in the main file. */
function asHaproxyList(document: ConfigDocument): ConfigDocument {
  const isSingle = !Array.isArray(document.value);
  const top: Path = isSingle ? ["haproxy", 0] : ["haproxy"];
  const inner = (path: Path): Path => path.slice(top.length);
  return {
    value: { haproxy: isSingle ? [document.value] : document.value },
    faults: document.faults.map((fault) => ({ ...fault, path: fault.path && [...top, ...fault.path] })),
    keyPosition: (path) => document.keyPosition(inner(path)),
    valuePosition: (path) => document.valuePosition(inner(path)),
    variables: (path) => document.variables(inner(path)),
  };
}
