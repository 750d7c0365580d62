import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../server/clock.ts";
import type { ServerStatus, SnapshotMessage } from "../../server/contract/status.ts";
import { LiveFeed } from "../../web/lib/live-feed.ts";
import { createSocketTransport } from "../../web/lib/socket-transport.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { type CheckConfig, STATS_PROXY_PREFIX, type TestBed, startTestBed } from "../support/test-bed.ts";
import { freePort } from "../support/real-haproxy.ts";
import { StreamClient } from "../support/stream-client.ts";

/** Each server stands behind four bare checks, so that one answer of it changes four rows. */
const BARE: CheckConfig = { lines: [], server: "check inter 2s", plain: true };
const SERVERS = 25;
const ROWS = 4 * SERVERS;
/** A body of this size makes each change some kilobytes, so that a client that does not read soon falls behind. */
const BROKEN = { kind: "status", status: 500, body: "no".repeat(1_500) } as const;

let testBed: TestBed;
let haprobe: HaprobeProcess;
let args: readonly string[];
beforeAll(async () => {
  testBed = await startTestBed({
    checks: { plaina: BARE, plainb: BARE, plainc: BARE, plaind: BARE },
    servers: Array.from({ length: SERVERS }, (_, i) => ({ name: `s-${i}`, mode: "healthy", plain: true })),
  });
  const config = await testBed.writeConfigFile(["admin"], { every: "100ms", extraRuleKeys: "    fast-every: 50ms\n" });
  args = ["--config", config, "--listen", `127.0.0.1:${await freePort()}`];
  haprobe = await startHaprobe(args);
});
afterAll(async () => {
  await haprobe[Symbol.asyncDispose]();
  await testBed[Symbol.asyncDispose]();
});

/** Breaks and restores every server in turn, as fast as the stream reports it, until disposed. */
class ChangeLoad implements AsyncDisposable {
  readonly #client: StreamClient;
  readonly #ended: Promise<void>;
  #over = false;

  constructor(url: string) {
    this.#client = new StreamClient(url);
    this.#ended = this.#run();
  }

  /** Number of rows received so far. */
  get changes(): number {
    return this.#client.verdictLog.length;
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#over; turn += 1) {
      const before = this.changes;
      const servers = [...testBed.servers.values()];
      await Promise.all(servers.map((server) => server.setMode(turn % 2 === 0 ? BROKEN : "healthy")));
      await this.#client.waitUntil(() => this.#over || this.changes >= before + SERVERS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#ended;
    await this.#client[Symbol.asyncDispose]();
    for (const server of testBed.servers.values()) await server.setMode("healthy");
  }
}

/** The dashboard's own feed and transport, with every state that it had. */
class StreamDashboardClient implements Disposable {
  readonly #feed: LiveFeed;
  readonly #states = new Map<string, ReadonlyMap<string, ServerStatus>>();
  readonly kinds: string[] = [];
  readonly #wake: (() => void)[] = [];

  constructor(url: string) {
    this.#feed = new LiveFeed(createSocketTransport(`${url}/`), systemClock);
    this.#feed.subscribe((state) => {
      if (state.kind !== this.kinds.at(-1)) this.kinds.push(state.kind);
      if (state.kind === "live") {
        const { epoch, seq } = state.fleet.position;
        this.#states.set(`${epoch} ${seq}`, state.fleet.servers);
      }
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.#feed.start();
  }

  /** Resolves once the feed is live with this run of haprobe. */
  async waitForEpoch(epoch: string): Promise<void> {
    while (this.#feed.state.kind !== "live" || this.#feed.state.fleet.position.epoch !== epoch) await this.#next();
  }

  async stateAt({ epoch, seq }: SnapshotMessage): Promise<readonly ServerStatus[]> {
    for (;;) {
      const state = this.#states.get(`${epoch} ${seq}`);
      if (state !== undefined) return [...state.values()];
      await this.#next();
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  [Symbol.dispose](): void {
    this.#feed.stop();
  }
}

async function fetchServers(): Promise<SnapshotMessage> {
  return (await (await fetch(`${haprobe.url}/api/v1/servers`)).json()) as SnapshotMessage;
}

function sorted(servers: readonly ServerStatus[]): readonly ServerStatus[] {
  return servers
    .filter(({ backend }) => !backend.startsWith(STATS_PROXY_PREFIX))
    .toSorted((a, b) => a.key.localeCompare(b.key));
}

test("under continuous changes the stream and the dashboard equal REST, through a kill and a client that falls behind", async () => {
  using dashboard = new StreamDashboardClient(haprobe.url);
  /** Compares all three until `changes` more rows have changed; gives the number of compared states. */
  const compare = async (client: StreamClient, load: ChangeLoad, changes: number): Promise<number> => {
    const enough = load.changes + changes;
    const seen = new Set<number>();
    while (load.changes < enough) {
      const answer = await fetchServers();
      const expected = sorted(answer.servers);
      expect(expected).toHaveLength(ROWS);
      expect(sorted(await client.stateAt(answer.seq))).toEqual(expected);
      expect(sorted(await dashboard.stateAt(answer))).toEqual(expected);
      seen.add(answer.seq);
    }
    return seen.size;
  };
  await dashboard.waitForEpoch((await fetchServers()).epoch);
  const allThere = ({ servers }: StreamClient): boolean => sorted([...servers.values()]).length === ROWS;

  {
    await using client = new StreamClient(haprobe.url);
    await client.waitUntil(allThere);
    await using load = new ChangeLoad(haprobe.url);
    const slow = new WebSocket(`${haprobe.url.replace("http", "ws")}/api/v1/stream`);
    const cut = new Promise<number>((resolve) => slow.once("close", resolve));
    await new Promise((resolve) => slow.once("message", resolve));
    slow.pause();
    // More than 1 MiB and the kernel's buffers of a connection.
    expect(await compare(client, load, 6_000)).toBeGreaterThan(10);
    slow.resume();
    expect(await cut, "a client that falls behind is closed with 1013 and may reconnect").toBe(1013);
    await using again = new StreamClient(haprobe.url);
    await compare(again, load, 500);
  }

  const before = (await fetchServers()).epoch;
  await haprobe.stop("SIGKILL");
  haprobe = await startHaprobe(args);
  {
    await using client = new StreamClient(haprobe.url);
    await client.waitUntil(allThere);
    await using load = new ChangeLoad(haprobe.url);
    const { epoch } = await fetchServers();
    expect(epoch).not.toBe(before);
    await dashboard.waitForEpoch(epoch);
    expect(await compare(client, load, 1_000)).toBeGreaterThan(3);
  }
  expect(dashboard.kinds.filter((kind) => kind !== "connecting")).toEqual(["live", "disconnected", "live"]);
});
