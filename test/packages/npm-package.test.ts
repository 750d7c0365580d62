import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../http/control-plane.ts";
import { startProgram } from "./start-program.ts";

const ROOT = join(import.meta.dirname, "../..");
const exec = promisify(execFile);
/** The package unpacked; it needs no other one. */
const UNPACKED_MAX_BYTES = 5_000_000;
const TOOLS = ["publint@0.3.25", "@arethetypeswrong/cli@0.18.5"];
const NODES = { 20: "node@20.19.5", 24: "node@24.21.0", 26: "node@26.10.0" } as const;

let folder = "";
let tarball = "";
let plane: ControlPlane;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "haprobe-package-"));
  // `prepack` builds.
  await npm(ROOT, "pack", "--pack-destination", folder);
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  await install("tools", TOOLS);
  for (const [major, spec] of Object.entries(NODES)) await install(`node-${major}`, [spec]);
  plane = await startControlPlane();
}, 900_000);
afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await exec("npm", args, { cwd, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Installs packages into an own folder below the temporary one. */
async function install(name: string, specs: readonly string[]): Promise<string> {
  const at = join(folder, name);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
  await npm(at, "install", "--no-audit", "--no-fund", ...specs);
  return at;
}

function nodeFolder(major: keyof typeof NODES): string {
  return join(folder, `node-${major}`, "node_modules/.bin");
}

/** Runs a command of an installed package with the given Node.js first on the PATH. */
async function run(major: keyof typeof NODES, at: string, program: string, ...args: string[]) {
  const env = { ...process.env, PATH: `${nodeFolder(major)}:${process.env["PATH"] ?? ""}` };
  const ran = exec(join(at, "node_modules/.bin", program), args, { cwd: at, env, maxBuffer: 64 * 1024 * 1024 });
  return ran.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

describe("the packed package", () => {
  test("is at most 5 MB unpacked, and has no sources, tests or maps", async () => {
    const [packed] = Object.values(
      JSON.parse(await npm(ROOT, "pack", "--dry-run", "--json", "--ignore-scripts")) as object,
    ) as { unpackedSize: number; files: { path: string }[] }[];
    expect(packed?.unpackedSize).toBeLessThan(UNPACKED_MAX_BYTES);
    const paths = packed?.files.map(({ path }) => path) ?? [];
    expect(paths).toEqual(
      expect.arrayContaining(["bin/haprobe.js", "dist/server/main.js", "dist/web/index.html", "LICENSE"]),
    );
    expect(paths.filter((path) => /\.tsx?$|\.map$|^test\//.test(path))).toEqual([]);
  }, 60_000);

  test.each([
    ["publint", ["--strict"]],
    ["attw", []],
  ])(
    "%s finds nothing",
    async (tool, args) => {
      const { code, stdout, stderr } = await run(26, join(folder, "tools"), tool, ...args, tarball);
      expect({ code, said: `${stdout}${stderr}` }).toMatchObject({ code: 0 });
    },
    60_000,
  );

  test.each([24, 26] as const)(
    "checks and serves, installed in an empty folder, on Node.js %i",
    async (major) => {
      const at = await install(`app-${major}`, [tarball]);
      expect(readdirSync(join(at, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["haprobe"]);
      const checked = await run(major, at, "haprobe", "check", ...plane.args);
      expect(checked).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(/false-up confirmed +lb-1\/k8s-api\/cp-2/),
      });

      const env = { PATH: `${nodeFolder(major)}:${process.env["PATH"] ?? ""}` };
      const args = ["haprobe", "serve", "--listen", "127.0.0.1:0", "--data-dir", join(at, "state"), ...plane.args];
      await using haprobe = await startProgram("npx", args, { cwd: at, env });
      const page = await (await fetch(haprobe.url)).text();
      expect(page).toMatch(/<script[^>]+src="\.\/assets\//);
      const { version } = (await (await fetch(`${haprobe.url}/api/v1/status`)).json()) as { version: number };
      expect(version).toBe(1);
      await expect
        .poll(async () => (await fetch(`${haprobe.url}/api/v1/incidents?open=true`)).text(), { timeout: 60_000 })
        .toContain("false-up");
      expect(readdirSync(join(at, "state"))).toContain("haprobe.db");
    },
    300_000,
  );

  test("says in one line what to do on Node.js 20", async () => {
    const at = await install("app-20", [tarball]);
    const { code, stdout, stderr } = await run(20, at, "haprobe", "check");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/^haprobe: Node\.js 20\.\S+ is too old, 24\.4 or later is needed: install .*\n$/);
  }, 300_000);
});
