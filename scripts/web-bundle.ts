import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const BUNDLE = join(ROOT, "dist", "web", "index.html");
/** Sources of the bundle; the contract is the only part of the server in it. */
const SOURCES = ["web", "vite.config.ts", "scripts/precompress.ts", "server/contract", "package-lock.json"];

/** Builds the dashboard if it is missing or older than its sources. Exits with vite's code if that fails. */
export function buildWebIfStale(): void {
  const builtAt = existsSync(BUNDLE) ? statSync(BUNDLE).mtimeMs : 0;
  if (SOURCES.every((source) => newestMtime(join(ROOT, source)) <= builtAt)) return;
  console.error("building the dashboard (npm run build:web)");
  const { status, stdout } = spawnSync("npm", ["run", "--silent", "build:web"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status === 0) return;
  // The list of built files is of interest only to those who look for what failed.
  process.stderr.write(stdout);
  process.exit(status ?? 1);
}

/** Time of the last change in a file or below a folder, folders included: a deleted file changes only its folder. */
function newestMtime(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const below = readdirSync(path)
    .filter((name) => name !== "node_modules")
    .map((name) => newestMtime(join(path, name)));
  return Math.max(stat.mtimeMs, ...below);
}
