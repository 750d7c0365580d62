import { execFile } from "node:child_process";
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../http/control-plane.ts";
import { startProgram } from "./start-program.ts";

const ROOT = join(import.meta.dirname, "../..");
const exec = promisify(execFile);

let folder = "";
let program = "";
let plane: ControlPlane;
beforeAll(async () => {
  const { stdout } = await exec("npm", ["run", "--silent", "build:sea"], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  program = stdout.trim().split("\n").at(-1) ?? "";
  folder = mkdtempSync(join(tmpdir(), "haprobe-sea-"));
  plane = await startControlPlane();
}, 600_000);
afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
  rmSync(program, { force: true });
});

// No Node.js can be found by the program.
const env = (): NodeJS.ProcessEnv => ({ PATH: "/nonexistent", XDG_CACHE_HOME: join(folder, "cache"), HOME: folder });

test("is a program that checks without any other file", async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  expect((await exec(program, ["--version"], { cwd: folder, env: env() })).stdout).toBe(`${version}\n`);
  const checked = exec(program, ["check", ...plane.args], { cwd: folder, env: env() });
  await expect(checked).rejects.toMatchObject({
    code: 2,
    stdout: expect.stringMatching(/false-up confirmed +lb-1\/k8s-api\/cp-2/),
  });
}, 120_000);

test("serves the dashboard, the history and the heap of a service", async () => {
  const args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", join(folder, "state"), ...plane.args];
  await using haprobe = await startProgram(program, args, { cwd: folder, env: env() });
  const page = await (await fetch(haprobe.url)).text();
  const [, script = ""] = /<script[^>]+src="\.\/(assets\/[^"]+)"/.exec(page) ?? [];
  expect((await fetch(`${haprobe.url}/${script}`)).status).toBe(200);
  await expect
    .poll(async () => (await fetch(`${haprobe.url}/api/v1/incidents?open=true`)).text(), { timeout: 60_000 })
    .toContain("false-up");
  expect(globSync("state/haprobe.db", { cwd: folder })).toHaveLength(1);
  expect(readFileSync(`/proc/${haprobe.pid}/environ`, "utf8")).toContain("MALLOC_ARENA_MAX=1\0");
}, 120_000);

test("unpacks again what was changed in its folder, and refuses one that others can write to", async () => {
  const [main = ""] = globSync("cache/haprobe/*/dist/server/main.js", { cwd: folder });
  writeFileSync(join(folder, main), "process.exit(9);");
  expect((await exec(program, ["--version"], { cwd: folder, env: env() })).stdout).toMatch(/^\d/);
  const [root = ""] = globSync("cache/haprobe/*", { cwd: folder });
  chmodSync(join(folder, root), 0o777);
  await expect(exec(program, ["--version"], { cwd: folder, env: env() })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("another user can write to"),
  });
  chmodSync(join(folder, root), 0o700);
}, 120_000);

test("says what to do where it cannot unpack", async () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  await expect(
    exec(program, ["--version"], { cwd: folder, env: { ...env(), XDG_CACHE_HOME: file } }),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^haprobe: it could not be unpacked: .* XDG_CACHE_HOME names another folder\.\n$/),
  });
}, 60_000);
