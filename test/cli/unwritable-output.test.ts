import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve as resolvePath } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../http/control-plane.ts";
import { MAIN } from "../support/haprobe-cli.ts";

let plane: ControlPlane;
let folder: string;
let healthyConfig: string;
beforeAll(async () => {
  plane = await startControlPlane();
  folder = await mkdtemp(join(tmpdir(), "haprobe-output-"));
  healthyConfig = join(folder, "healthy.yaml");
  const rule = "  - {match: {server: cp-2}, skip: true}\n";
  const text = await readFile(plane.args[1] ?? "", "utf8");
  await writeFile(healthyConfig, text.replace("probes:\n", `probes:\n${rule}`));
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const LIMITED = ["/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh"];

/** Starts haprobe with stdout and stderr on these files, or on a pipe that nothing reads if null. */
function start(args: readonly string[], file: string | null, wrapper: readonly string[] = []): ChildProcess {
  const fd = file === null ? null : openSync(file, "w");
  const [program = "", ...rest] = [...wrapper, process.execPath, MAIN, ...args];
  const child = spawn(program, rest, { stdio: ["ignore", fd ?? "pipe", fd ?? "pipe"] });
  if (fd !== null) closeSync(fd);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function get(url: string): Promise<string> {
  return fetch(url).then(
    (response) => response.text(),
    () => "",
  );
}

describe("a service whose log cannot be written", () => {
  test.each<[string, string, string | null, readonly string[]]>([
    ["ENOSPC", "on a full disk", "/dev/full", []],
    ["EFBIG", "beyond the file size limit", "log", LIMITED],
    ["EPIPE", "to a closed reader", null, []],
  ])("goes on with %s, %s, and reports it in a remark, a finding and a metric", async (code, _where, file, wrapper) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const path = file === null ? null : resolvePath(folder, file);
    const haprobe = start(
      ["serve", ...plane.args, "--listen", `127.0.0.1:${port}`, "--data-dir", "none"],
      path,
      wrapper,
    );
    try {
      await expect.poll(() => get(`${url}/readyz`), { timeout: 15_000 }).toContain(`(${code})`);
      await expect.poll(() => get(`${url}/readyz`)).toContain("readyz check passed");
      expect(await get(`${url}/metrics`)).toMatch(/^haprobe_log_lines_lost_total [1-9]/m);
      expect(await get(`${url}/api/v1/findings`)).toContain('"log-not-written"');
      expect(haprobe.exitCode).toBe(null);
    } finally {
      haprobe.kill("SIGKILL");
    }
  });
});

test("a service whose log is no longer read ends at a SIGTERM", async () => {
  const port = await freePort();
  const config = join(folder, "stalled.yaml");
  await writeFile(config, 'haproxy: [{name: lb-1, stats: "unix:/nonexistent/admin.sock"}]\n');
  const args = ["serve", "--config", config, "--listen", `127.0.0.1:${port}`, "--data-dir", "none"];
  // Nothing reads the pipe.
  const haprobe = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(haprobe, "exit");
  try {
    await expect.poll(() => get(`http://127.0.0.1:${port}/livez`), { timeout: 15_000 }).not.toBe("");
    // Each reload logs an error per key.
    await writeFile(config, Array.from({ length: 400 }, (_, i) => `key-${i}: 1\n`).join(""));
    const lostLines = async (): Promise<string> => {
      haprobe.kill("SIGHUP");
      return get(`http://127.0.0.1:${port}/metrics`);
    };
    await expect.poll(lostLines, { timeout: 15_000 }).toMatch(/^haprobe_log_lines_lost_total [1-9]/m);
    haprobe.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  } finally {
    haprobe.kill("SIGKILL");
  }
});

describe("a command whose output cannot be written", () => {
  test.each<[string, readonly string[], () => readonly string[], number]>([
    ["check that finds a false-up", ["check"], () => plane.args, 2],
    ["check that finds no fault", ["check"], () => ["--config", healthyConfig], 3],
    ["config print", ["config", "print"], () => plane.args, 1],
  ])("%s exits with the right code", async (_what, command, source, code) => {
    const args = [...command, ...source()];
    for (const [file, wrapper] of [
      ["/dev/full", []],
      ["out", LIMITED],
      [null, []],
    ] as const) {
      const path = file === null ? null : resolvePath(folder, file);
      const [exit] = await once(start(args, path, wrapper), "exit");
      expect(exit).toBe(code);
    }
  });
});
