import { existsSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { vi } from "vitest";
import type { HaprobeProcess } from "../support/haprobe-cli.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { freePort } from "../support/real-haproxy.ts";
import { queryDatabase, startHub, startVantage, testVantage, type TestVantage } from "../support/sites.ts";
import { COMMON_CHECKS, startTestBed, type TestBed } from "../support/test-bed.ts";
import { Receiver } from "./receiver.ts";
import { Relay } from "./relay.ts";

const LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
export const FAKETIME_MISSING = existsSync(LIBFAKETIME) ? null : ": needs libfaketime (apt-get install faketime)";
export const WAIT = { timeout: 150_000, interval: 300 };

/** The environment of a process whose wall clock differs by so much, such as `+90s`. */
export function skewedClock(offset: string): NodeJS.ProcessEnv {
  return { LD_PRELOAD: LIBFAKETIME, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}

/** Two hubs on one database and three vantages, each beside a HAProxy of its own, with relays in between. */
export class Drill implements AsyncDisposable {
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

  /** Starts all, and waits until the hubs have the servers of every vantage. */
  static async start(): Promise<Drill> {
    const drill = new Drill();
    try {
      await drill.#start();
      return drill;
    } catch (error) {
      await drill[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-drill-"));
    this.#stack.defer(() => folder.remove());
    this.#dir = folder.path;
    this.postgres = this.#stack.use(await startPostgres());
    this.database = await this.postgres.createDatabase();
    this.#webhook = await this.receiver.start();
    for (const { name } of this.vantages) {
      const bed = await startTestBed({
        withoutMaster: true,
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
    await Promise.all([0, 1].map((n) => this.startHub(n)));
    await Promise.all([0, 1, 2].map((n) => this.startProbe(n)));
    const isKnown = async () => (await queryDatabase(this.database, "SELECT 1 FROM current_verdict")).length === 9;
    await vi.waitUntil(isKnown, WAIT);
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
    return (await queryDatabase(this.database, "SELECT id FROM incident WHERE state <> 'ended'")).length;
  }

  /** Numbers of the history of a vantage, in its own data directory and in the database of the hubs. */
  async historyOf({ name, site }: TestVantage) {
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

  /** What is open, was not applied or not delivered; empty once all has healed and arrived. */
  async problems(): Promise<readonly string[]> {
    const open = await this.openIncidents();
    const left = open === 0 ? [] : [`${open} incidents are open`];
    return [...left, ...(await this.wronglyApplied()), ...(await this.wronglyDelivered())];
  }

  /** Events of vantages that were not applied, or twice. */
  async wronglyApplied(): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const vantage of this.vantages) {
      const { own, hub } = await this.historyOf(vantage);
      const missing = own.filter((seq) => !hub.includes(seq));
      if (missing.length > 0) wrong.push(`${vantage.name} lacks ${missing.join()}`);
      if (hub.length > own.length) wrong.push(`${vantage.name} has ${hub.length - own.length} too many`);
    }
    return wrong;
  }

  /** Messages that were not taken, or that no hub knows, and lanes that arrived out of order. */
  async wronglyDelivered(): Promise<readonly string[]> {
    const rows = await queryDatabase(this.database, "SELECT id, lane, n, status FROM outbox ORDER BY lane, n");
    const first = new Map<string, number>();
    for (const [at, { id }] of this.receiver.taken.entries()) if (!first.has(id)) first.set(id, at);
    const wrong: string[] = [];
    for (const { id, status } of rows) {
      if (status === "waiting") wrong.push(`${String(id)} waits`);
      if (status === "sent" && !first.has(String(id))) wrong.push(`${String(id)} was not taken`);
    }
    const known = new Set(rows.map(({ id }) => String(id)));
    for (const id of first.keys()) if (!known.has(id)) wrong.push(`${id} is known to no hub`);
    const sent = rows.filter(({ id }) => first.has(String(id)));
    for (const [lane, messages] of Map.groupBy(sent, (row) => String(row["lane"]))) {
      const order = messages.map(({ id }) => first.get(String(id)) ?? -1);
      if (order.some((at, index) => at < (order[index - 1] ?? -1))) wrong.push(`${lane} is out of order`);
    }
    return wrong;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [...this.probes, ...this.hubs]) {
      try {
        process.kill(each.pid, "SIGCONT");
      } catch {
        // It has ended.
      }
    }
    await Promise.all([...this.probes, ...this.hubs].map((each) => each.stop("SIGKILL")));
    await this.#stack.disposeAsync();
  }
}
