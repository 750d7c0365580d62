import { UNEXPECTED_FAULTS } from "../test/support/unexpected-faults.ts";
import { BOUNDS } from "../server/bounds.ts";
import type { Clock } from "../server/clock.ts";
import { DEFAULT_RULE } from "../server/config/defaults.ts";
import type { ProbeResult } from "../server/contract/probe-result.ts";
import type { BackendView, ServerView, StatsSnapshot } from "../server/contract/view.ts";
import { Monitor } from "../server/monitor/monitor.ts";
import { assignTarget } from "../server/targets/assign-target.ts";
import { haproxyView, probeResult } from "../test/support/judge-harness.ts";
import { instanceNamed } from "../test/support/monitor-harness.ts";
import { cpuMs } from "./cpu-time.ts";
import { type Measurement, summarize, type BenchCase } from "./measurement.ts";
import type { Section } from "./section.ts";

const INSTANCE = "lb-1";
const SERVERS_PER_BACKEND = 50;
const EVERY_MS = 1_000;
/** One server in this many changes with each poll. */
const CHANGING_ONE_OF = 100;
/** Rounds that warm up the compiler. */
const WARM_UP_ROUNDS = 3;

/** CPU of the monitor and the judge for polls and results, without network. */
export const judging: Section = {
  title: "Judging",
  async run({ tables, rounds }, say) {
    const rows: BenchCase[] = [];
    for (const servers of tables) {
      say(`judging: ${servers} servers`);
      rows.push(await measureJudging(servers, rounds));
    }
    return rows;
  },
};

type ViewUpdate = (view: ServerView, index: number, poll: number) => ServerView;

const unchanged: ViewUpdate = (view) => view;
const tickCounters: ViewUpdate = (view, _index, poll) => ({
  ...view,
  check: { ...view.check },
  lastChangeSeconds: poll,
  sessionsTotal: poll * 3,
  bytesOut: poll * 1_000,
});
const changeSome: ViewUpdate = (view, index, poll) => {
  if (index % CHANGING_ONE_OF !== 0) return view;
  const down = poll % 2 === 0;
  return haproxyView(down ? "DOWN" : "UP", down ? "L4CON" : "L4OK", { ...serverFields(index), lastChangeSeconds: 0 });
};

async function measureJudging(servers: number, rounds: number): Promise<BenchCase> {
  const fleet = new MonitorDriver(servers);
  fleet.acceptPoll(fleet.nextSnapshot(unchanged));
  fleet.acceptResults();
  const measure = async <Given>(
    what: string,
    give: () => Given,
    work: (given: Given) => void,
  ): Promise<Measurement> => {
    const samples: number[] = [];
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      const given = give();
      const ms = await cpuMs(() => work(given));
      if (round >= 0) samples.push(ms);
    }
    return summarize(what, "ms", samples);
  };
  const poll = (what: string, turn: ViewUpdate): Promise<Measurement> =>
    measure(
      what,
      () => fleet.nextSnapshot(turn),
      (answer) => fleet.acceptPoll(answer),
    );
  const figures = [
    await poll("a poll in which nothing changed", unchanged),
    await poll("a poll in which every server's counters ticked", tickCounters),
    await poll("a poll in which 1 % changed", changeSome),
    await measure(
      "a passed probe of each server",
      () => {},
      () => fleet.acceptResults(),
    ),
    await measure(
      "the look over everything once a second",
      () => fleet.acceptPoll(fleet.nextSnapshot(tickCounters)),
      () => fleet.tick(),
    ),
  ];
  return { situation: `${servers.toLocaleString("en")} servers`, figures };
}

/** A monitor with polls and results of synthetic servers, on its own clock. */
class MonitorDriver {
  readonly #monitor: Monitor;
  readonly #clock: Clock & { at: number };
  readonly #targets = new Set<string>();
  #views: ServerView[];
  #polls = 0;

  constructor(servers: number) {
    const clock = { at: 1_000_000, now: () => clock.at, wall: () => clock.at, after: () => () => {} };
    this.#clock = clock;
    const instance = instanceNamed(INSTANCE);
    this.#monitor = new Monitor({
      vantage: "bench",
      epoch: "e",
      clock,
      limits: {
        stale: { intervals: BOUNDS.staleIntervals, floorMs: BOUNDS.staleFloorMs },
        serversMax: BOUNDS.serversMax,
        tickEveryMs: BOUNDS.tickEveryMs,
        pauseFactor: 100,
        fleetEveryMs: BOUNDS.fleetEveryMs,
      },
      instances: [instance],
      assign: (view, settings, proof) => assignTarget(view, settings, [], DEFAULT_RULE, proof),
      actions: {
        scheduleTarget: (target) => void this.#targets.add(target.key),
        removeTarget: (key) => void this.#targets.delete(key),
        probeSoon: () => {},
        pollSoon: () => {},
        suppressHedging: () => {},
        statsRow: () => null,
      },
      faults: UNEXPECTED_FAULTS,
    });
    this.#views = Array.from({ length: servers }, (_, index) => haproxyView("UP", "L4OK", serverFields(index)));
  }

  /** The next answer, one second later. */
  nextSnapshot(turn: ViewUpdate): StatsSnapshot {
    this.#polls += 1;
    this.#clock.at += EVERY_MS;
    this.#views = this.#views.map((view, index) => turn(view, index, this.#polls));
    const at = this.#clock.now();
    return {
      instance: INSTANCE,
      scope: "all",
      sentAt: at - 1,
      receivedAt: at,
      epoch: "1.1",
      info: null,
      backends: this.#backends(),
      servers: this.#views,
    };
  }

  acceptPoll(answer: StatsSnapshot): void {
    void this.#monitor.acceptSnapshot(answer, EVERY_MS);
  }

  acceptResults(): void {
    this.#clock.at += EVERY_MS;
    const at = this.#clock.now();
    for (const target of this.#targets) {
      const result: ProbeResult = probeResult("ok", at, at - 2, 2, target);
      this.#monitor.acceptResult(result);
    }
  }

  tick(): void {
    this.#clock.at += EVERY_MS;
    this.#monitor.tick();
  }

  #backends(): BackendView[] {
    return Array.from({ length: Math.ceil(this.#views.length / SERVERS_PER_BACKEND) }, (_, index) => ({
      backend: backendName(index * SERVERS_PER_BACKEND),
      proxyId: index + 2,
      mode: "http",
      status: "UP",
      activeServers: SERVERS_PER_BACKEND,
      backupServers: 0,
      sessionsTotal: this.#polls,
    }));
  }
}

function serverFields(index: number): Partial<ServerView> {
  return {
    backend: backendName(index),
    server: `s-${index}`,
    mode: "http",
    address: { kind: "ip", host: `10.0.${index >> 8}.${index & 0xff}`, port: 8_080 },
  };
}

function backendName(index: number): string {
  return `b-${Math.floor(index / SERVERS_PER_BACKEND)}`;
}
