import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of the built dashboard, null if it is not built: beside the built server in a package, in `dist` of a checkout. */
export function findWebRoot(): string | null {
  const folders = ["../web", "../../dist/web"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return folders.find((folder) => existsSync(`${folder}/index.html`)) ?? null;
}
