import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiServer, startApiServer } from "../../demo/stand-in/api-server.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { freePort, haproxyBinaries, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { startTraffic } from "../support/steady-traffic.ts";
import { StreamClient } from "../support/stream-client.ts";

const EVERY_MS = 200;
const READ_AGAIN_MS = 20;
/** The path of the probe, so that clients get the same error. */
const TRAFFIC_PATH = "/healthz?client";
const MODES = ["tcp", "http"] as const;
type Mode = (typeof MODES)[number];

/** A server that notes when each request of a client came. */
interface CountingServer {
  readonly api: ApiServer;
  readonly times: number[];
}

async function startCountingServer(): Promise<CountingServer> {
  const times: number[] = [];
  const api = await startApiServer({
    tls: null,
    onRequest: ({ url }) => void (url === TRAFFIC_PATH && times.push(Date.now())),
  });
  return { api, times };
}

/** The largest number of these times within two intervals of the polls: a poll is never exact, and may be late. */
function pollsWorth(times: readonly number[]): number {
  const counts = times.map((from) => times.filter((at) => at >= from && at < from + 2 * EVERY_MS).length);
  return Math.max(1, ...counts);
}

describe.each(haproxyBinaries())("$name: traffic to a server that answers 500 behind a bare check", ({ binary }) => {
  const servers = new Map<string, CountingServer>();
  const ports = new Map<Mode, number>();
  let haproxy: RealHaproxy;
  let haprobe: HaprobeProcess;
  let client: StreamClient;

  const serverOf = (name: string): CountingServer => {
    const server = servers.get(name);
    if (server === undefined) throw new Error(`no server ${name}`);
    return server;
  };
  const incidents = async (): Promise<readonly Incident[]> =>
    ((await (await fetch(`${haprobe.url}/api/v1/incidents`)).json()) as { incidents: Incident[] }).incidents;
  const incidentOf = async (key: string): Promise<Incident> => {
    const found = (await incidents()).find(({ members }) => members.some((member) => member.key === key));
    if (found === undefined) throw new Error(`no incident of ${key}`);
    return found;
  };
  const rowOf = async (key: string): Promise<ServerStatus> =>
    (await fetch(`${haprobe.url}/api/v1/server?key=${key}`)).json() as Promise<ServerStatus>;
  /** Waits until haprobe has polled at least once after now. */
  const nextPoll = async (key: string): Promise<void> => {
    const from = Date.now();
    while (Date.parse((await rowOf(key)).haproxy.at) <= from) await pause(READ_AGAIN_MS);
  };

  beforeAll(async () => {
    for (const name of MODES.flatMap((mode) => [`good-${mode}`, `sick-${mode}`])) {
      servers.set(name, await startCountingServer());
    }
    for (const mode of MODES) ports.set(mode, await freePort());
    const section = (mode: Mode): string =>
      [
        `listen be-${mode}`,
        `  mode ${mode}`,
        `  bind 127.0.0.1:${ports.get(mode)}`,
        ...["good", "sick"].map(
          (name) =>
            `  server ${name}-${mode} 127.0.0.1:${serverOf(`${name}-${mode}`).api.port} check inter 300ms rise 1000`,
        ),
      ].join("\n");
    const defaults = "defaults\n  timeout connect 2s\n  timeout client 60s\n  timeout server 60s";
    haproxy = await startHaproxy({
      ...(binary === undefined ? {} : { binary }),
      config: [defaults, ...MODES.map(section), ""].join("\n"),
    });
    const file = join(haproxy.dir, "haprobe.yaml");
    await writeFile(
      file,
      `haproxy: [{name: lb, stats: "unix:${haproxy.adminSocket}", every: ${EVERY_MS}ms}]
probes: [{match: {backend: "be-*"}, http: {path: /healthz}, every: ${EVERY_MS}ms, timeout: 2s}]\n`,
    );
    haprobe = await startHaprobe(["--config", file, "--data-dir", "none"]);
    client = new StreamClient(haprobe.url);
    await client.waitUntil(({ servers: rows }) => {
      const shown = [...rows.values()];
      return (
        shown.length === 4 &&
        shown.every(({ verdict, haproxy: { checkStatus } }) => verdict === "agree-up" && checkStatus === "L4OK")
      );
    });
  });
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]();
    await haprobe?.[Symbol.asyncDispose]();
    await haproxy?.stop();
    for (const { api } of servers.values()) await api.close();
  });

  test.each(MODES)(
    "in mode %s is what the server itself counted, through a reload, cleared counters and a restart",
    async (mode) => {
      const key = `lb/be-${mode}/sick-${mode}`;
      const { api, times } = serverOf(`sick-${mode}`);
      const traffic = startTraffic(ports.get(mode) ?? 0, TRAFFIC_PATH, 20);
      const steady = times.length;
      while (times.length < steady + 10) await nextPoll(key);

      await api.setMode("etcd");
      const failedFrom = times.length;
      await client.waitUntil(({ servers: rows }) => rows.get(key)?.phase === "confirmed");
      const { id } = await incidentOf(key);
      const seen: number[] = [];
      /** Polls until so many more requests came; returns how many haprobe counted less than the server. */
      const flow = async (requests = 40): Promise<number> => {
        const until = times.length + requests;
        do {
          await nextPoll(key);
          seen.push((await incidentOf(key)).sessions);
        } while (times.length < until);
        return times.length - failedFrom - (seen.at(-1) ?? 0);
      };
      const drifts = [await flow()];
      await haproxy.reload();
      drifts.push(await flow());
      await haproxy.command("clear counters all");
      drifts.push(await flow());
      process.kill(haproxy.pid, "SIGKILL");
      await haproxy.reload();
      drifts.push(await flow());
      await traffic.stop();
      drifts.push(await flow(0));

      const counted = times.slice(failedFrom);
      const incident = await incidentOf(key);
      expect(incident).toMatchObject({ id, state: "open", flaps: 0, sessions: seen.at(-1) });
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      const worth = pollsWorth(times);
      for (const [step, drift] of drifts.entries()) {
        const before = step === 0 ? 0 : (drifts[step - 1] ?? 0);
        expect(Math.abs(drift - before), `${mode}: ${drifts.join()} of ${counted.length}`).toBeLessThanOrEqual(worth);
      }
      expect(counted.length).toBeGreaterThan(8 * worth);
      expect(incident.backends).toMatchObject([
        {
          backend: `be-${mode}`,
          unit: mode === "http" ? "requests" : "sessions",
          sessions: incident.sessions,
          healthyLeft: 1,
        },
      ]);
      const [backend] = incident.backends;
      expect(backend?.share).toBeGreaterThan(0.4);
      expect(backend?.share).toBeLessThan(0.6);
      // A TCP proxy does not see the answers.
      if (mode === "http") expect(backend?.responses5xx).toBeGreaterThan(0);
      else expect(backend?.responses5xx).toBe(0);
      await api.setMode("healthy");
      await client.waitUntil(({ servers: rows }) => rows.get(key)?.verdict === "agree-up");
    },
  );

  test("that is kept open is still named after HAProxy took the server down", async () => {
    const key = "lb/be-tcp/sick-tcp";
    const { api } = serverOf("sick-tcp");
    // Two connections, since HAProxy takes the servers in turn.
    const kept = [1, 2].map(() => connect({ port: ports.get("tcp") ?? 0, host: "127.0.0.1" }));
    try {
      await client.waitUntil(({ servers: rows }) => (rows.get(key)?.haproxy.sessionsCurrent ?? 0) > 0);
      await api.setMode("etcd");
      await client.waitUntil(({ servers: rows }) => rows.get(key)?.phase === "confirmed");
      await haproxy.command("set server be-tcp/sick-tcp health down");
      await client.waitUntil(({ servers: rows }) => rows.get(key)?.verdict === "agree-down");
      await nextPoll(key);
      const incident = await incidentOf(key);
      expect(incident).toMatchObject({ state: "healing", end: null, held: 1 });
      expect(incident.detectionLagMs).toBeGreaterThan(0);
    } finally {
      for (const socket of kept) socket.destroy();
    }
  });
});
