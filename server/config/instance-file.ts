import { z } from "zod";
import type { EntryLocation } from "./config-file.ts";
import type { ConfigDocument, Path } from "./document.ts";
import { type ConfigIo, errorCode, readErrorText } from "./find-config-file.ts";
import { type InstanceInput, instanceSchema } from "./instance-schema.ts";
import { collectErrors, type FilePaths, parseYamlDocument, locateFile, type InvalidFile } from "./parse-config.ts";

/** The entries of a file that an entry names, or what is wrong with it; `fault` where it could not even be read. */
export type InstanceFileResult =
  | { readonly kind: "right"; readonly entries: readonly InstanceEntry[] }
  | InvalidFile
  | { readonly kind: "unreadable"; readonly error: string };

interface InstanceEntry {
  readonly kind: "instance";
  readonly input: InstanceInput;
  readonly at: EntryLocation;
}

const listSchema = z.array(instanceSchema);

/** Reads a list of entries as under `haproxy:`, or one of them. */
export function readInstanceFile(name: FilePaths, { env, readFile }: ConfigIo): InstanceFileResult {
  let text: string;
  try {
    text = readFile(name.filePath);
  } catch (error) {
    return { kind: "unreadable", error: readErrorText(errorCode(error)) };
  }
  const opened = parseYamlDocument(text, name.file, env);
  if (opened.kind === "wrong") return opened;
  const document = asHaproxyList(opened.document);
  const list = (document.value as { readonly haproxy: unknown }).haproxy;
  const parsed = listSchema.safeParse(list);
  const issues = (parsed.success ? [] : parsed.error.issues).map((issue) => ({
    ...issue,
    path: ["haproxy", ...issue.path],
  }));
  const complaints = collectErrors(issues, document, name.file);
  if (!parsed.success || complaints.length > 0) return { kind: "wrong", errors: complaints };
  const at = locateFile(document, name);
  return {
    kind: "right",
    entries: parsed.data.map((input, index) => ({ kind: "instance", input, at: { ...at, path: ["haproxy", index] } })),
  };
}

/** The document as if its entries stood under `haproxy:`, so that they are read, and named in complaints, in the same way. */
function asHaproxyList(document: ConfigDocument): ConfigDocument {
  const one = !Array.isArray(document.value);
  const inner = (path: Path): Path => path.slice(one ? 2 : 1);
  return {
    value: { haproxy: one ? [document.value] : document.value },
    faults: document.faults,
    keyPlace: (path) => document.keyPlace(inner(path)),
    valuePlace: (path) => document.valuePlace(inner(path)),
    variables: (path) => document.variables(inner(path)),
  };
}
