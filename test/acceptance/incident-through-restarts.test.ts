import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiServer, startApiServer } from "../../demo/stand-in/api-server.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { freePort, haproxyBinaries, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { startTraffic } from "../support/steady-traffic.ts";

const EVERY_MS = 200;
const READ_AGAIN_MS = 20;
const TRAFFIC_PATH = "/healthz?client";
const [SICK, GOOD] = ["lb/be/sick", "lb/be/good"];

describe.each(haproxyBinaries())("$name: an incident through kill -9 of haprobe", ({ binary }) => {
  const times: number[] = [];
  let [sick, good]: ApiServer[] = [];
  let haproxy: RealHaproxy;
  let dataDir: string;
  let haprobe: HaprobeProcess;

  const read = async <T>(path: string): Promise<T> => (await fetch(`${haprobe.url}${path}`)).json() as Promise<T>;
  const rowOf = (key: string): Promise<ServerStatus> => read(`/api/v1/server?key=${key}`);
  const incidents = async (): Promise<readonly Incident[]> =>
    (await read<{ incidents: readonly Incident[] }>("/api/v1/incidents")).incidents;
  const only = async (): Promise<Incident> => {
    const [incident, ...others] = await incidents();
    if (incident === undefined || others.length > 0) throw new Error(`${others.length + 1} incidents, not one`);
    return incident;
  };
  const until = async <T>(get: () => Promise<T>, holds: (value: T) => boolean): Promise<T> => {
    for (;;) {
      const value = await get();
      if (holds(value)) return value;
      await pause(READ_AGAIN_MS);
    }
  };
  const confirmed = (): Promise<ServerStatus> =>
    until(
      () => rowOf(SICK ?? ""),
      ({ phase }) => phase === "confirmed",
    );
  /** Waits until nothing waits for the store. */
  const stored = (): Promise<string> =>
    until(
      async () => (await fetch(`${haprobe.url}/metrics`)).text(),
      (metrics) => !/haprobe_store_queued\{[^}]*\} [1-9]/.test(metrics),
    );
  const start = async (): Promise<void> => {
    haprobe = await startHaprobe(["--config", join(dataDir, "haprobe.yaml"), "--data-dir", dataDir]);
    await until(
      () => fetch(`${haprobe.url}/readyz`),
      ({ status }) => status === 200,
    );
  };
  const kill = async (): Promise<void> => {
    await haprobe.stop("SIGKILL");
  };
  /** Waits until haprobe has polled after now. */
  const nextPoll = async (): Promise<void> => {
    const from = Date.now();
    await until(
      () => rowOf(SICK ?? ""),
      ({ haproxy: { at } }) => Date.parse(at) > from,
    );
  };
  /** Waits until clients have sent so many more requests to the server that fails. */
  const more = async (requests: number): Promise<void> => {
    const from = times.length;
    await until(
      () => Promise.resolve(times.length),
      (count) => count >= from + requests,
    );
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "haprobe-data-"));
    const onRequest = ({ url }: { url: string }) => void (url === TRAFFIC_PATH && times.push(Date.now()));
    sick = await startApiServer({ tls: null, onRequest });
    good = await startApiServer({ tls: null });
    const port = await freePort();
    haproxy = await startHaproxy({
      ...(binary === undefined ? {} : { binary }),
      config: `defaults
  mode tcp
  timeout connect 1s
  timeout client 5s
  timeout server 5s
listen be
  bind 127.0.0.1:${port}
  server sick 127.0.0.1:${sick.port} check inter 300ms
  server good 127.0.0.1:${good.port} check inter 300ms
`,
    });
    await writeFile(
      join(dataDir, "haprobe.yaml"),
      `haproxy: [{name: lb, stats: "unix:${haproxy.adminSocket}", every: ${EVERY_MS}ms}]
probes: [{match: {}, http: {path: /healthz}, every: ${EVERY_MS}ms, timeout: 1s}]\n`,
    );
    await start();
    await until(
      () => Promise.all([rowOf(SICK ?? ""), rowOf(GOOD ?? "")]),
      (rows) => rows.every(({ verdict }) => verdict === "agree-up"),
    );
    traffic = startTraffic(port, TRAFFIC_PATH, 20);
  });
  let traffic: { stop(): Promise<void> } | undefined;
  afterAll(async () => {
    await traffic?.stop();
    await haprobe?.stop("SIGKILL");
    await haproxy?.stop();
    await Promise.all([sick?.close(), good?.close()]);
    await rm(dataDir, { recursive: true, force: true });
  });

  test("it goes on with its id, its begin, its words and its count, and ends once", async () => {
    await more(5);
    await sick?.setMode("etcd");
    const failedFrom = times.length;
    await confirmed();
    const { id } = await only();
    const url = `${haprobe.url}/api/v1/incidents/${id}/acknowledge`;
    const body = JSON.stringify({ name: "Ada", note: "on it" });
    expect((await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })).status).toBe(
      200,
    );
    await more(30);
    await nextPoll();
    const before = { incident: await only(), sick: await rowOf(SICK ?? ""), good: await rowOf(GOOD ?? "") };
    /** Requests that the server counted and haprobe did not. */
    const drift = async (): Promise<number> => times.length - failedFrom - (await only()).sessions;
    const driftBefore = await drift();
    await stored();

    await kill();
    await more(30);
    await start();
    const after = await confirmed();
    await nextPoll();
    expect(after.since).toBe(before.sick.since);
    expect(after.misrouted.sessions).toBeGreaterThanOrEqual(before.sick.misrouted.sessions + 30);
    expect((await rowOf(GOOD ?? "")).since).toBe(before.good.since);
    const resumed = await only();
    expect(resumed).toMatchObject({
      id,
      state: "open",
      flaps: 0,
      confirmedAt: before.incident.confirmedAt,
      acknowledgement: { name: "Ada", text: "on it" },
      evidence: before.incident.evidence,
    });
    // Half of the traffic goes to it, so that its urgency may follow each session.
    const changes = resumed.changes.map(({ what }) => what).filter((what) => what !== "urgency");
    expect(changes).toEqual(["confirmed", "acknowledged", "resumed"]);
    // Both are as of a poll, so that each may lack what came within it.
    const worth = 2 * Math.max(...times.map((at) => times.filter((t) => t >= at && t < at + 2 * EVERY_MS).length));
    expect(Math.abs((await drift()) - driftBefore)).toBeLessThanOrEqual(worth);

    // Counts are stored with the next version of the incident, every few seconds.
    let counted = resumed;
    for (let next = counted; next.version === counted.version; next = await only()) counted = next;
    await stored();
    await kill();
    await haproxy.reload();
    await more(40);
    await start();
    await confirmed();
    await nextPoll();
    const reloaded = await only();
    expect(reloaded.id).toBe(id);
    expect(reloaded.sessions).toBeGreaterThanOrEqual(counted.sessions);
    // What the new process of HAProxy sent before haprobe came back is not known to be new.
    expect(reloaded.sessions).toBeLessThan(times.length - failedFrom);

    await sick?.setMode("healthy");
    await until(only, ({ state }) => state === "healing");
    const { sessions } = await only();
    await stored();
    await kill();
    await start();
    const ended = await until(only, ({ state }) => state === "ended");
    expect(ended).toMatchObject({ id, end: "agreed", flaps: 0, sessions });
    expect(ended.changes.filter(({ what }) => what === "ended")).toHaveLength(1);
  });
});
