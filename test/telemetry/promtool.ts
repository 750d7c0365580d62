import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** Where CI lays it; else the one on the PATH, which Debian's package `prometheus` brings. */
const CACHED_PROMTOOL = fileURLToPath(new URL("../../.cache/bin/promtool", import.meta.url));
const PROMTOOL = existsSync(CACHED_PROMTOOL) ? CACHED_PROMTOOL : "promtool";

export const HAS_PROMTOOL = spawnSync(PROMTOOL, ["--version"]).error === undefined;

/** What a test that needs promtool is called where there is none, so that the gap can be read. */
export const PROMTOOL_MISSING_HINT = HAS_PROMTOOL
  ? ""
  : " (skipped: no promtool on the PATH, install Debian's `prometheus`)";

/** Runs promtool and gives its exit code with all that it said. */
export async function promtool(
  args: readonly string[],
  options: { cwd?: string; input?: string } = {},
): Promise<{ code: number; said: string }> {
  const child = spawn(PROMTOOL, args, { cwd: options.cwd, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(options.input ?? "");
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, said: out + err };
}
