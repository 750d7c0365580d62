import { BOUNDS } from "../bounds.ts";
import { type Complaint, sortComplaints } from "./complaint.ts";
import { conflicts } from "./conflicts.ts";
import { type Path, type Place, readDocument } from "./document.ts";
import type { Environment } from "./environment.ts";
import { findings, pathText } from "./issues.ts";
import { type ConfigInput, configSchema } from "./schema.ts";

/** A file that was understood, or everything that is wrong with it. */
export type ConfigReading =
  | { readonly kind: "right"; readonly config: ConfigInput; readonly placeOf: (path: Path) => Place }
  | { readonly kind: "wrong"; readonly complaints: readonly Complaint[] };

/** Reads the text of a configuration file; `file` is its name in complaints. */
export function readConfig(text: string, file: string, env: Environment): ConfigReading {
  const complain = (place: Place, message: string): Complaint => ({
    code: "HAPROBE_CONFIG_INVALID",
    file,
    ...place,
    message,
  });
  const top = { line: 1, column: 1 };
  if (text.length > BOUNDS.configFileMaxBytes) {
    return broken([complain(top, `the file is longer than ${BOUNDS.configFileMaxBytes} bytes`)]);
  }
  // What cannot be decoded arrives as U+FFFD; UTF-16 shows as zero bytes.
  if (/[\0\uFFFD]/.test(text)) return broken([complain(top, "the file is no UTF-8 text")]);

  const document = readDocument(text, env);
  if (document.value === null) {
    return broken([complain(top, "the file is empty; expected keys such as haproxy: and probes:, or no file at all")]);
  }
  const faults = document.faults.map((fault) => complain(fault.place, `${prefix(fault.path)}${fault.message}`));
  if (document.faults.some((fault) => fault.path === null)) return broken(faults);

  const parsed = configSchema.safeParse(document.value);
  const found = [
    ...(parsed.success ? [] : findings(parsed.error.issues, document)),
    ...conflicts(document.value).map(({ path, message }) => ({
      path,
      place: document.keyPlace(path),
      message: `${pathText(path)} ${message}`,
    })),
  ];
  // A value that could not even be read is complained about once.
  const unread = new Set(document.faults.map(({ path }) => JSON.stringify(path)));
  const complaints = found
    .filter(({ path }) => !unread.has(JSON.stringify(path)))
    .map(({ place, message }) => complain(place, message));
  if (!parsed.success || faults.length + complaints.length > 0) return broken([...faults, ...complaints]);
  return { kind: "right", config: parsed.data, placeOf: (path) => document.keyPlace(path) };
}

function prefix(path: Path | null): string {
  return path === null || path.length === 0 ? "" : `${pathText(path)}: `;
}

function broken(complaints: readonly Complaint[]): ConfigReading {
  return { kind: "wrong", complaints: sortComplaints(complaints) };
}
