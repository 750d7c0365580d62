import { posix } from "node:path";
import { EMPTY_NAMES, FOLDER_RULES, JOINERS } from "./folder-rules.ts";
import { readSource } from "./source-file.ts";

/** Says in sentences what a file imports or uses against the rules of its folder; `path` is relative to the repository. */
export function violations(path: string, text: string): string[] {
  const { imports, impurities } = readSource(path, text);
  const complaints = imports.map((module) => complaint(path, module)).filter((sentence) => sentence !== null);
  const room = roomOf(path);
  if (room !== null && FOLDER_RULES[room]?.pure) {
    complaints.push(...impurities.map((name) => `${path}: ${room} is pure, so no ${name}`));
  }
  return complaints;
}

/** Says what is wrong with a file's name; null for a good one. */
export function badName(path: string): string | null {
  const name = posix.basename(path).replace(/(\.(test|config|d))?\.tsx?$/, "");
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return `${path}: names are kebab-case`;
  return EMPTY_NAMES.test(name) ? `${path}: "${name}" does not say what is inside` : null;
}

/** The package of an imported module, without the path inside it. */
export function packageOf(module: string): string {
  return module
    .split("/")
    .slice(0, module.startsWith("@") ? 2 : 1)
    .join("/");
}

/** `judge` for a file below server/judge, `clock` for server/clock.ts, null outside the server. */
function roomOf(path: string): string | null {
  const [top, room] = path.split("/");
  return top === "server" && room !== undefined ? room.replace(/\.ts$/, "") : null;
}

/** The demo starts the service as `main` does; everything else of it stays outside. */
function joins(top: string | undefined, from: string | null, to: string): boolean {
  return from === null ? top === "demo" && to === "service" : JOINERS.includes(from);
}

function complaint(path: string, module: string): string | null {
  const top = path.split("/")[0];
  const from = roomOf(path);
  const isFile = module.startsWith(".");
  const target = isFile ? posix.normalize(posix.join(posix.dirname(path), module)) : module;
  const to = isFile ? roomOf(target) : null;

  if (isFile && target.startsWith("..")) return `${path}: ${module} is outside the repository`;
  if (top === "test") return null;
  if (to !== null && JOINERS.includes(to) && !joins(top, from, to)) {
    return `${path}: only tests may import ${to}`;
  }
  if (top === "web") return to === null || to === "contract" ? null : `${path}: web may know the contract, not ${to}`;
  if (from === null) return null;

  const rule = FOLDER_RULES[from];
  if (rule === undefined) return `${path}: server/${from} has no rule in test/architecture/folder-rules.ts`;
  if (isFile && to === null) return `${path}: the server does not import ${target}`;
  if (to !== null) return to === from || allows(rule.folders, to) ? null : `${path}: ${from} may not import ${to}`;
  if (module.startsWith("node:")) {
    return rule.node === "all" || rule.node.includes(module) ? null : `${path}: ${from} may not import ${module}`;
  }
  const pkg = packageOf(module);
  return rule.packages === "all" || rule.packages.includes(pkg) ? null : `${path}: ${from} may not use ${pkg}`;
}

function allows(folders: readonly string[], room: string): boolean {
  return folders.includes("*") || folders.includes(room);
}
