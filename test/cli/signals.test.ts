import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MAIN, startHaprobe } from "../support/haprobe-cli.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-signals-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const NO_HAPROXY = ["--haproxy", "unix:/nonexistent/admin.sock"];

/** Starts `haprobe serve` and calls `onLine` with the event of each log line. */
function serve(args: readonly string[], onLine: (event: string, child: ChildProcess) => void): Promise<number | null> {
  const child = spawn(process.execPath, [MAIN, "serve", "--listen", "127.0.0.1:0", "--data-dir", "none", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine((JSON.parse(line) as { event: string }).event, child);
  });
  return new Promise((resolve) => child.once("close", resolve));
}

test("SIGHUP while the service starts reloads it once it runs", async () => {
  const events: string[] = [];
  const code = await serve(NO_HAPROXY, (event, child) => {
    events.push(event);
    if (event === "start") child.kill("SIGHUP");
    if (event === "config-reloaded") child.kill("SIGTERM");
  });
  expect(code).toBe(0);
  expect(events.indexOf("config-reloaded")).toBeGreaterThan(events.indexOf("listening"));
});

test("SIGHUP after SIGTERM does not interrupt the orderly stop", async () => {
  await using haprobe = await startHaprobe(NO_HAPROXY);
  // An incomplete request keeps the listener open until the shutdown deadline.
  const client = await openRequest(haprobe.url);
  const ended = haprobe.stop("SIGTERM");
  await expect.poll(() => haprobe.log()).toContain('"event":"stop"');
  process.kill(haprobe.pid, "SIGHUP");
  client.destroy();
  expect(await ended).toBe(0);
});

test("a service that is started in a deleted folder runs", async () => {
  const code = await new Promise<number | null>((resolve) => {
    const inDeletedFolder = 'cd "$1"; rmdir "$1"; shift; exec "$@"';
    const args = [process.execPath, MAIN, "serve", "--listen", "127.0.0.1:0", "--data-dir", "none", ...NO_HAPROXY];
    const child = spawn("/bin/sh", ["-c", inDeletedFolder, "sh", folder, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (chunk.includes('"listening"')) child.kill("SIGTERM");
    });
    child.once("close", resolve);
  });
  expect(code).toBe(0);
});

test("a rejection that nothing handles is logged and counted, and the service goes on", async () => {
  const stray = "data:text/javascript,setTimeout(()=>Promise.reject(new Error('stray')),1500)";
  await using haprobe = await startHaprobe(NO_HAPROXY, { NODE_OPTIONS: `--import "${stray.replaceAll(" ", "%20")}"` });
  await expect.poll(() => haprobe.log(), { timeout: 10_000 }).toContain("stray");
  const text = await fetch(`${haprobe.url}/metrics`).then((response) => response.text());
  expect(text).toContain('haprobe_internal_errors_total{part="process"} 1');
  expect(await haprobe.stop()).toBe(0);
});

/** Opens a connection with one answered request and the beginning of a second one, which the server has read. */
async function openRequest(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  socket.write("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\nGET /livez HTTP/1.1\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  return socket;
}
