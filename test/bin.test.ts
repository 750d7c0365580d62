import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "../bin");
/** Makes a Node.js report an old version. */
const PRETEND_OLD = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.19.0"}});delete process.execve`;
/** The same for a version that can replace its process. */
const PRETEND_OLD_WITH_EXECVE = PRETEND_OLD.replace(";delete process.execve", "");
const SAYS_ARGUMENTS = `console.log("from", import.meta.filename.split(/[/\\\\]/).slice(-3).join("/"), ...process.argv.slice(2));\n`;

let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "haprobe-bin-"));
  await cp(BIN, join(root, "bin"), { recursive: true });
  await put("package.json", '{ "type": "module" }');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Puts a Node.js where `npm ci` puts it. */
async function bringNode(): Promise<void> {
  await mkdir(join(root, "node_modules/.bin"), { recursive: true });
  await symlink(process.execPath, join(root, "node_modules/.bin/node"));
}

function start(args: readonly string[], options: { old: boolean }) {
  const flags = options.old ? ["--import", PRETEND_OLD] : [];
  return spawn(process.execPath, [...flags, join(root, "bin/haprobe.js"), ...args], {
    stdio: ["pipe", "pipe", "pipe"],
  });
}

async function run(args: readonly string[], options: { old: boolean }) {
  const child = start(args, options);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const [code] = await once(child, "close");
  return { code: code as number | null, out, err };
}

describe("bin/haprobe.js", () => {
  test("runs the sources in a checkout, even beside an older build", async () => {
    await put("server/main.ts", `const typed: string = "x"; void typed; ${SAYS_ARGUMENTS}`);
    await put("dist/server/main.js", "process.exit(9);");
    expect(await run(["check", "--json"], { old: false })).toMatchObject({
      code: 0,
      out: expect.stringContaining("server/main.ts check --json"),
    });
  });

  test("runs the built program in a package", async () => {
    await put("dist/server/main.js", SAYS_ARGUMENTS);
    expect(await run(["serve"], { old: false })).toEqual({ code: 0, out: "from dist/server/main.js serve\n", err: "" });
  });

  describe("a service", () => {
    const SAYS_FLAGS = `console.log(JSON.stringify(process.execArgv), process.ppid);\n`;
    const SAYS_MALLOC = `const { MALLOC_ARENA_MAX: a, MALLOC_MMAP_THRESHOLD_: m } = process.env; console.log(a, m);\n`;

    test("keeps a small heap, in the process that was started", async () => {
      await put("dist/server/main.js", SAYS_FLAGS);
      const { out, err } = await run(["serve"], { old: false });
      expect(out).toBe(
        `["--optimize-for-size","--max-semi-space-size=4","--heap-growing-percent=40"] ${process.pid}\n`,
      );
      expect(err).toBe("");
    });

    test("keeps it with the checkout's own Node.js as well", async () => {
      await bringNode();
      await put("server/main.ts", SAYS_FLAGS);
      expect((await run(["serve"], { old: true })).out).toContain("--max-semi-space-size=4");
    });

    test.each([
      ["one arena and a fixed mmap threshold", {}, "1 65536\n"],
      ["settings of its own", { MALLOC_ARENA_MAX: "7" }, "7 65536\n"],
    ])("gives the C library %s", async (_what, own, says) => {
      await put("dist/server/main.js", SAYS_MALLOC);
      const { MALLOC_ARENA_MAX: _arenas, MALLOC_MMAP_THRESHOLD_: _blocks, ...env } = process.env;
      const { stdout } = spawnSync(process.execPath, [join(root, "bin/haprobe.js"), "serve"], {
        env: { ...env, ...own },
        encoding: "utf8",
      });
      expect(stdout).toBe(says);
    });

    test.each([
      ["by a flag", ["--max-semi-space-size=32"], ""],
      ["by the environment", [], "--max-semi-space-size=32"],
    ])("leaves a heap size that was set %s", async (_how, flags, nodeOptions) => {
      await put("dist/server/main.js", SAYS_FLAGS);
      const { stdout } = spawnSync(process.execPath, [...flags, join(root, "bin/haprobe.js"), "serve"], {
        env: { ...process.env, NODE_OPTIONS: nodeOptions },
        encoding: "utf8",
      });
      expect(stdout).toBe(`${JSON.stringify(flags)} ${process.pid}\n`);
    });

    test("leaves it with the checkout's own Node.js as well", async () => {
      await bringNode();
      await put("server/main.ts", SAYS_FLAGS);
      const { stdout } = spawnSync(process.execPath, ["--import", PRETEND_OLD, join(root, "bin/haprobe.js"), "serve"], {
        env: { ...process.env, NODE_OPTIONS: "--max-semi-space-size=32" },
        encoding: "utf8",
      });
      expect(stdout).not.toContain("--max-semi-space-size");
    });

    test("alone restarts itself; a command that ends at once does not", async () => {
      await put("dist/server/main.js", SAYS_FLAGS);
      expect((await run(["check"], { old: false })).out).toMatch(/^\[\]/);
    });
  });

  test("says how to build where there is nothing to run", async () => {
    const { code, err } = await run([], { old: false });
    expect(code).toBe(3);
    expect(err).toContain("npm run build");
  });

  test("says what to do when the Node.js is too old", async () => {
    await put("dist/server/main.js", SAYS_ARGUMENTS);
    const { code, out, err } = await run([], { old: true });
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toMatch(/^haprobe: Node\.js 20\.19\.0 is too old, 24\.4 or later is needed: .*nodejs\.org\.\n$/);
  });

  test("names npm ci as well in a checkout", async () => {
    await put("server/main.ts", SAYS_ARGUMENTS);
    expect((await run([], { old: true })).err).toMatch(/^haprobe: .*nodejs\.org, or run `npm ci` in .*\.\n$/);
  });

  test("starts threads in the checkout's own Node.js as well", async () => {
    await bringNode();
    await put("server/thread.ts", "console.log('in a thread');");
    await put(
      "server/main.ts",
      `import { Worker } from "node:worker_threads";
       new Worker(new URL("thread.ts", import.meta.url)).on("error", (error) => console.log(error.message));`,
    );
    expect((await run(["serve"], { old: true })).out).toBe("in a thread\n");
  });

  test("goes on with the checkout's own Node.js when it was started by an old one, and ends with its exit code", async () => {
    await bringNode();
    await put("server/main.ts", `${SAYS_ARGUMENTS} process.exitCode = 2;`);
    const { code, out } = await run(["check"], { old: true });
    expect(code).toBe(2);
    expect(out).toContain("server/main.ts check");
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("passes %s on and waits for the end", async (signal) => {
    await bringNode();
    await put(
      "server/main.ts",
      `const hold = setInterval(() => {}, 60_000);
       process.once("${signal}", () => { clearInterval(hold); console.log("stopped"); process.exitCode = 7; });
       console.log("ready");`,
    );
    const child = start([], { old: true });
    const said: string[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      said.push(chunk.toString().trim());
      if (said.length === 1) child.kill(signal);
    });
    expect(await once(child, "close")).toEqual([7, null]);
    expect(said).toEqual(["ready", "stopped"]);
  });

  test("a SIGHUP before the other Node.js runs does not end a service", async () => {
    await put("node_modules/.bin/node", `#!/bin/sh\necho waiting\nread line\nexec "${process.execPath}" "$@"\n`);
    await chmod(join(root, "node_modules/.bin/node"), 0o755);
    await put("server/main.ts", 'console.log("runs");');
    const child = start(["serve"], { old: true });
    const lines: string[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      lines.push(chunk.toString().trim());
      if (lines.length > 1) return;
      child.kill("SIGHUP");
      child.stdin.end("\n");
    });
    expect(await once(child, "close")).toEqual([0, null]);
    expect(lines).toEqual(["waiting", "runs"]);
  });

  test("becomes the checkout's own Node.js where the old one can", async () => {
    await bringNode();
    await put("server/main.ts", "console.log(process.pid);");
    const child = spawnSync(process.execPath, ["--import", PRETEND_OLD_WITH_EXECVE, join(root, "bin/haprobe.js")]);
    expect({ pid: Number(child.stdout), err: child.stderr.toString() }).toEqual({ pid: child.pid, err: "" });
  });

  test("stops haprobe when the old Node.js is killed", async () => {
    await bringNode();
    await put(
      "server/main.ts",
      `setInterval(() => {}, 60_000);
       process.once("SIGTERM", () => { console.log("stopped"); process.exit(); });
       console.log("ready");`,
    );
    const child = start([], { old: true });
    const lines: string[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      lines.push(chunk.toString().trim());
      if (lines.length === 1) child.kill("SIGKILL");
    });
    await once(child, "close");
    expect(lines).toEqual(["ready", "stopped"]);
  });

  test("says so when the checkout's Node.js does not start", async () => {
    await put("node_modules/.bin/node", "");
    await chmod(join(root, "node_modules/.bin/node"), 0o644);
    await put("server/main.ts", SAYS_ARGUMENTS);
    const { code, err } = await run([], { old: true });
    expect(code).toBe(3);
    expect(err).toContain("does not start");
  });
});
