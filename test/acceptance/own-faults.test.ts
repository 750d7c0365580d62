import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { completeResponse, startFakeHaproxy } from "../haproxy/fake-haproxy.ts";
import { backendRow, renderResponseText, serverRow } from "../haproxy/rendered-response.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";

const THROWING = new URL("../support/throw-while-asked.ts", import.meta.url).href;

test("a throw in what applies polls and results, in work, sinks, findings and metrics ends nothing, and all goes on after it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "haprobe-faults-"));
  let status = 200;
  let [polls, probes] = [0, 0];
  const server = createServer((_request, response) => {
    probes += 1;
    response.writeHead(status).end("ok");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const addr = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using haproxy = await startFakeHaproxy();
  // So many that applying a poll is continued in later turns.
  const servers = Array.from({ length: 60 }, (_, n) => serverRow(`s${n}`, n + 1, { addr, check_status: "L4OK" }));
  const rows = [...servers, backendRow(1)];
  const stats = await haproxy.listen("unix", (socket, request) => {
    polls += 1;
    const states = request.includes("servers state") ? { serverStates: [] } : {};
    socket.end(completeResponse("unix", renderResponseText({ rows, ...states })), "latin1");
  });
  if (stats.kind !== "unix") throw new Error(stats.kind);
  const config = join(folder, "haprobe.yaml");
  const rule = "{match: {backend: b}, http: {path: /}, every: 200ms}";
  await writeFile(
    config,
    `haproxy:\n  - {name: lb-1, stats: "unix:${stats.path}", every: 200ms}\nprobes:\n  - ${rule}\n`,
  );
  try {
    await using haprobe = await startHaprobe(["--config", config], {}, undefined, undefined, ["--import", THROWING]);
    const read = (path: string): Promise<Response> => fetch(`${haprobe.url}${path}`);
    const verdict = async (): Promise<string> => {
      const { servers: list } = (await (await read("/api/v1/servers")).json()) as { servers: { verdict: string }[] };
      return [...new Set(list.map((each) => each.verdict))].join();
    };
    await expect.poll(verdict).toBe("agree-up");

    process.kill(haprobe.pid, "SIGUSR2");
    const before = { polls, probes };
    await expect.poll(() => [polls - before.polls > 10, probes - before.probes > 10]).toEqual([true, true]);
    expect((await read("/metrics")).status).toBe(500);
    expect((await read("/livez")).status).toBe(200);
    process.kill(haprobe.pid, "SIGUSR2");
    await expect.poll(() => haprobe.log()).toContain("poisoned work");
    process.kill(haprobe.pid, "SIGUSR2");

    status = 500;
    await expect.poll(verdict).toBe("false-up");
    const scrape = async (): Promise<string> => (await read("/metrics")).text();
    await expect.poll(scrape).toMatch(/^haprobe_haproxy_up\{.*\} 1$/m);
    const metrics = await scrape();
    expect(Number(/^haprobe_internal_errors_total\{part="process"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(10);
    const seconds = [
      ...haprobe.log().matchAll(/"time":"([^.]+)\.[^\n]*"event":"internal-error","code":"HAPROBE_INTERNAL"/g),
    ];
    const perSecond = Map.groupBy(seconds, ([, second]) => second);
    expect(perSecond.size).toBeGreaterThan(0);
    // A second of the budget may lie in two of the clock.
    for (const lines of perSecond.values()) expect(lines.length).toBeLessThanOrEqual(2 * BOUNDS.faultLogLinesPerSecond);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});
