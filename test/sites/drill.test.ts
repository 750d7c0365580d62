import { existsSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../server/contract/finding.ts";
import type { HaprobeProcess } from "../support/haprobe-cli.ts";
import { POSTGRES_MISSING, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { freePort } from "../support/real-haproxy.ts";
import { queryDatabase, readJson, startHub, startVantage, testVantage, type TestVantage } from "../support/sites.ts";
import { COMMON_CHECKS, startTestBed, type TestBed } from "../support/test-bed.ts";
import { Receiver } from "./receiver.ts";
import { Relay } from "./relay.ts";

const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const WAIT = { timeout: 180_000, interval: 500 };

/** Two hubs on one database and three vantages, each beside a HAProxy of its own, with relays in between. */
class Drill implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly vantages: readonly TestVantage[] = [
    testVantage("cp-1", "fra"),
    testVantage("cp-2", "ams"),
    testVantage("cp-3", "lon"),
  ];
  readonly beds: TestBed[] = [];
  readonly relays: Relay[] = [];
  readonly receiver = this.#stack.use(new Receiver());
  readonly hubs: HaprobeProcess[] = [];
  readonly probes: HaprobeProcess[] = [];
  readonly #ports: number[] = [];
  readonly #relayPorts: number[] = [];
  readonly #configs: string[] = [];
  #webhook = "";
  #dir = "";
  database = "";
  postgres!: TestPostgres;

  async start(): Promise<void> {
    const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-drill-"));
    this.#stack.defer(() => folder.remove());
    this.#dir = folder.path;
    this.postgres = this.#stack.use(await startPostgres());
    this.database = await this.postgres.createDatabase();
    this.#webhook = await this.receiver.listen();
    for (const { name } of this.vantages) {
      const bed = await startTestBed({
        checks: { plainbare: COMMON_CHECKS.plainbare },
        servers: [
          { name: "good", mode: "healthy", plain: true },
          { name: `lying-${name}`, mode: "healthy", plain: true },
        ],
      });
      this.beds.push(this.#stack.use(bed));
      this.#configs.push(await bed.writeConfigFile(["admin"], { every: "500ms" }));
    }
    for (const _ of [0, 1]) {
      const port = await freePort();
      const relay = this.#stack.use(new Relay(port));
      this.#ports.push(port);
      this.relays.push(relay);
      this.#relayPorts.push(await relay.listen());
    }
    for (const n of [0, 1]) await this.startHub(n);
    for (const n of [0, 1, 2]) await this.startProbe(n);
  }

  async startHub(n: number): Promise<void> {
    const more = `alerts:
  routes:
    - {channels: [chat], wait: 0s}
  channels:
    - {name: chat, webhook: {url: "${this.#webhook}"}}
`;
    const { database, vantages } = this;
    const dir = this.#dir;
    this.hubs[n] = await startHub({ dir, name: `hub-${n}`, port: this.#ports[n] ?? 0, database, vantages, more });
  }

  async startProbe(n: number, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const hubs = this.#relayPorts.map((port) => `http://127.0.0.1:${port}`);
    const vantage = this.vantages[n];
    if (vantage === undefined) throw new Error(`there is no vantage ${n}`);
    this.probes[n] = await startVantage({ dir: this.#dir, vantage, hubs, config: this.#configs[n] ?? "", env });
  }

  /** Breaks or heals the server of each vantage. */
  async setModes(mode: "etcd" | "healthy"): Promise<void> {
    for (const [n, { name }] of this.vantages.entries()) await this.beds[n]?.server(`lying-${name}`).setMode(mode);
  }

  async openIncidents(): Promise<number> {
    const rows = await queryDatabase(this.database, "SELECT id FROM incident WHERE state <> 'ended'");
    return rows.length;
  }

  /** Numbers of the history of a vantage, in its own data directory and in the database of the hubs. */
  async historyOf({
    name,
    site,
  }: TestVantage): Promise<{ readonly own: readonly number[]; readonly hub: readonly number[] }> {
    const file = new DatabaseSync(join(this.#dir, name, "haprobe.db"), { readOnly: true });
    const own = file.prepare("SELECT seq FROM verdict_history ORDER BY seq, server_id").all();
    file.close();
    const hub = await queryDatabase(
      this.database,
      `SELECT verdict_history.seq::int FROM verdict_history JOIN vantage ON vantage.id = vantage_id
       WHERE vantage.name = '${name}' AND vantage.site = '${site}' ORDER BY verdict_history.seq, server_id`,
    );
    return { own: own.map(({ seq }) => Number(seq)), hub: hub.map(({ seq }) => Number(seq)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [...this.probes, ...this.hubs]) {
      try {
        process.kill(each.pid, "SIGCONT");
      } catch {
        // It has ended.
      }
      await each[Symbol.asyncDispose]();
    }
    await this.#stack.disposeAsync();
  }
}

describe.skipIf(POSTGRES_MISSING !== null)(`two hubs and three vantages${POSTGRES_MISSING ?? ""}`, () => {
  test("apply every event once and deliver every message, through kills, cuts, and a database that stops", async () => {
    await using drill = new Drill();
    await drill.start();
    const { receiver, relays } = drill;
    await expect.poll(() => queryDatabase(drill.database, "SELECT 1 FROM current_verdict"), WAIT).toHaveLength(9);

    // A fault in every site, with answers that are lost.
    for (const relay of relays) relay.mode = "lossy";
    receiver.status = 503;
    await drill.setModes("etcd");
    await pause(10_000);
    for (const relay of relays) relay.mode = "pass";
    await expect.poll(() => drill.openIncidents(), WAIT).toBe(3);
    receiver.status = null;

    // A kill of each, one hub frozen for longer than its leases, the way of all cut for a minute.
    await drill.hubs[0]?.stop("SIGKILL");
    await drill.setModes("healthy");
    await drill.startHub(0);
    await drill.probes[0]?.stop("SIGKILL");
    await drill.startProbe(0);
    process.kill(drill.hubs[1]?.pid ?? 0, "SIGSTOP");
    await expect.poll(() => drill.openIncidents(), WAIT).toBe(0);
    await drill.setModes("etcd");
    for (const relay of relays) relay.cut();
    await pause(60_000);
    for (const relay of relays) {
      relay.mode = "pass";
      relay.delayMs = 300;
    }
    process.kill(drill.hubs[1]?.pid ?? 0, "SIGCONT");
    await expect.poll(() => drill.openIncidents(), WAIT).toBe(3);

    // The database stops while everything heals.
    await drill.postgres.kill();
    await drill.setModes("healthy");
    await drill.hubs[1]?.stop("SIGKILL");
    await pause(8_000);
    await drill.postgres.start();
    await drill.startHub(1);
    for (const relay of relays) relay.delayMs = 0;
    await expect.poll(() => drill.openIncidents(), WAIT).toBe(0);
    await expect
      .poll(() => queryDatabase(drill.database, "SELECT 1 FROM outbox WHERE status = 'waiting'"), WAIT)
      .toEqual([]);

    for (const vantage of drill.vantages) {
      await expect
        .poll(async () => (await drill.historyOf(vantage)).hub.length, WAIT)
        .toBe((await drill.historyOf(vantage)).own.length);
      const { own, hub } = await drill.historyOf(vantage);
      expect(hub).toEqual(own);
    }
    await expectDelivered(drill);

    // An ordinary restart of each is no message.
    const before = receiver.taken.length;
    for (const n of [0, 1]) {
      await drill.hubs[n]?.stop();
      await drill.startHub(n);
    }
    for (const n of [0, 1, 2]) {
      await drill.probes[n]?.stop();
      await drill.startProbe(n);
    }
    await pause(15_000);
    expect(receiver.taken.length).toBe(before);
  });

  test.skipIf(!existsSync(FAKETIME))("say whose clock is 90 s ahead or behind, and lose no order", async () => {
    await using drill = new Drill();
    await drill.start();
    const clocks = [
      [0, "+90s"],
      [1, "-90s"],
    ] as const;
    for (const [n, offset] of clocks) {
      await drill.probes[n]?.stop();
      await drill.startProbe(n, { LD_PRELOAD: FAKETIME, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" });
    }
    await drill.setModes("etcd");
    await expect.poll(() => drill.openIncidents(), WAIT).toBe(3);
    const [hub] = drill.hubs;
    await expect
      .poll(async () => {
        if (hub === undefined) return "";
        const { findings } = await readJson<{ findings: readonly Finding[] }>(hub, "/api/v1/findings");
        return findings.find(({ code }) => code === "clock-skew")?.sentence ?? "";
      }, WAIT)
      .toMatch(/cp-1 in fra by .* ahead.*cp-2 in ams by .* behind/);
    await drill.setModes("healthy");
    await expect.poll(() => drill.openIncidents(), WAIT).toBe(0);
    await expectDelivered(drill);
  });
});

/** Each message of the outbox was taken, a repeated one under the same id with the same words, and each lane in its order. */
async function expectDelivered({ database, receiver }: Drill): Promise<void> {
  const waiting = "SELECT 1 FROM outbox WHERE status = 'waiting'";
  await expect.poll(() => queryDatabase(database, waiting), WAIT).toEqual([]);
  const rows = await queryDatabase(database, "SELECT id, lane, n, status FROM outbox ORDER BY lane, n");
  const first = new Map<string, number>();
  for (const [at, { id }] of receiver.taken.entries()) if (!first.has(id)) first.set(id, at);
  const sent = rows.filter(({ status }) => status === "sent");
  expect(sent.length).toBeGreaterThan(0);
  for (const { id } of sent) expect(first.has(String(id))).toBe(true);
  for (const lane of Map.groupBy(sent, (row) => row["lane"]).values()) {
    const order = lane.map(({ id }) => first.get(String(id)) ?? -1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
}
