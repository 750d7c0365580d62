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
/** A body of this size makes a change worth some kilobytes, which a reader who does not read soon misses. */
const BROKEN = { kind: "status", status: 500, body: "no".repeat(1_500) } as const;

let lab: TestBed;
let haprobe: HaprobeProcess;
let args: readonly string[];
beforeAll(async () => {
  lab = await startTestBed({
    checks: { plaina: BARE, plainb: BARE, plainc: BARE, plaind: BARE },
    servers: Array.from({ length: SERVERS }, (_, i) => ({ name: `s-${i}`, mode: "healthy", plain: true })),
  });
  const config = await lab.writeConfigFile(["admin"], { every: "100ms", extraRuleKeys: "    fast-every: 50ms\n" });
  args = ["--config", config, "--listen", `127.0.0.1:${await freePort()}`];
  haprobe = await startHaprobe(args);
});
afterAll(async () => {
  await haprobe[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

/** Breaks and mends every server again and again, as fast as the stream tells of it, until it is disposed of. */
class ChangeLoad implements AsyncDisposable {
  readonly #client: StreamClient;
  readonly #ended: Promise<void>;
  #over = false;

  constructor(url: string) {
    this.#client = new StreamClient(url);
    this.#ended = this.#run();
  }

  /** Rows that were told of so far. */
  get changes(): number {
    return this.#client.verdictLog.length;
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#over; turn += 1) {
      const told = this.changes;
      const servers = [...lab.servers.values()];
      await Promise.all(servers.map((server) => server.setMode(turn % 2 === 0 ? BROKEN : "healthy")));
      await this.#client.waitUntil(() => this.#over || this.changes >= told + SERVERS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#ended;
    await this.#client[Symbol.asyncDispose]();
    for (const server of lab.servers.values()) await server.setMode("healthy");
  }
}

/** The dashboard's own feed over its own wire, with every state that it ever had. */
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

  /** Resolves once it is live with this run of haprobe. */
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

test("in a storm of changes the stream and the dashboard are what REST says, through a kill and a reader who falls behind", async () => {
  using dashboard = new StreamDashboardClient(haprobe.url);
  /** Compares all three until so many more rows have changed; gives how many states were compared. */
  const compare = async (client: StreamClient, storm: ChangeLoad, changes: number): Promise<number> => {
    const enough = storm.changes + changes;
    const seen = new Set<number>();
    while (storm.changes < enough) {
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
    await using storm = new ChangeLoad(haprobe.url);
    const slow = new WebSocket(`${haprobe.url.replace("http", "ws")}/api/v1/stream`);
    const cut = new Promise<number>((resolve) => slow.once("close", resolve));
    await new Promise((resolve) => slow.once("message", resolve));
    slow.pause();
    // More than a mebibyte and what the kernel holds for a connection.
    expect(await compare(client, storm, 6_000)).toBeGreaterThan(10);
    slow.resume();
    expect(await cut, "whoever falls behind is told so, and may begin anew").toBe(1013);
    await using again = new StreamClient(haprobe.url);
    await compare(again, storm, 500);
  }

  const before = (await fetchServers()).epoch;
  await haprobe.stop("SIGKILL");
  haprobe = await startHaprobe(args);
  {
    await using client = new StreamClient(haprobe.url);
    await client.waitUntil(allThere);
    await using storm = new ChangeLoad(haprobe.url);
    const { epoch } = await fetchServers();
    expect(epoch).not.toBe(before);
    await dashboard.waitForEpoch(epoch);
    expect(await compare(client, storm, 1_000)).toBeGreaterThan(3);
  }
  expect(dashboard.kinds.filter((kind) => kind !== "connecting")).toEqual(["live", "lost", "live"]);
}, 60_000);
