import { formatConfigError } from "../../server/config/config-error.ts";
import { type LoadResult, type LoadRequest, loadSettings } from "../../server/config/load.ts";

/** The files of a machine, by path; a number stands for a failing system call. */
export type Files = Readonly<Record<string, string | { readonly code: string }>>;

/** Reads from `files`; what is not there fails as it does on a real machine. */
export function readerOf(files: Files): (path: string) => string {
  return (path) => {
    const found = Object.hasOwn(files, path) ? files[path] : undefined;
    if (typeof found === "string") return found;
    const code = found?.code ?? "ENOENT";
    throw Object.assign(new Error(`${code}: ${path}`), { code });
  };
}

/** The names in the folders of `files`; a folder is there if it holds something. One that `files` itself names fails as it says. */
function folderReaderOf(files: Files): (path: string) => readonly string[] {
  return (path) => {
    const inside = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
    const names = inside.map((file) => file.slice(path.length + 1).replace(/\/.*/, ""));
    if (names.length > 0) return [...new Set(names)];
    const own = Object.hasOwn(files, path) ? files[path] : undefined;
    const code = typeof own === "string" ? "ENOTDIR" : (own?.code ?? "ENOENT");
    throw Object.assign(new Error(`${code}: ${path}`), { code });
  };
}

/** Loads on a machine with these files only, in the folder /cfg. */
export function loadWith(files: Files, request: Partial<LoadRequest> = {}): LoadResult {
  const world = { env: {}, cwd: "/cfg", readFile: readerOf(files), readFolder: folderReaderOf(files) };
  return loadSettings({ haproxy: [], ...world, ...request });
}

/** Loads one file by its text, as haprobe.yaml. */
export function loadText(text: string, request: Partial<LoadRequest> = {}, others: Files = {}): LoadResult {
  return loadWith({ ...others, "/cfg/haprobe.yaml": text }, { file: "haprobe.yaml", ...request });
}

/** The settings of a file that is right; fails with its errors otherwise. */
export function settingsOf(loaded: LoadResult) {
  if (loaded.kind === "broken") throw new Error(loaded.errors.map(formatConfigError).join("\n"));
  return loaded.settings;
}

/** What is said of a file that is wrong; empty for one that is right. */
export function errorTextsOf(loaded: LoadResult): string[] {
  return loaded.kind === "broken" ? loaded.errors.map(formatConfigError) : [];
}
