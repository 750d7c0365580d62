import { mkdtempDisposable, stat } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Judgement, Store, VerdictStored } from "../server/contract/store.ts";
import { SERIES } from "../server/contract/series.ts";
import { openStore } from "../server/store/open-store.ts";
import { type BenchCase, type Measurement, percentile, summarize } from "./measurement.ts";
import type { HistoryScale } from "./scale.ts";
import type { Section } from "./section.ts";

const DAY_MS = 86_400_000;
const MINUTES_A_WEEK = 7 * 1_440;
const STRIP_ENTRIES = 400;
const BATCH_EVENTS = 1_000;
/** Interval in which a storm is committed, as the recorder does. */
const STORM_EVERY_MS = 100;
const STORM_CHANGES_PER_SECOND = 1_000;

/** The store in SQLite: size, reads of a year's history, and what a storm of changes costs. */
export const storing: Section = {
  title: "Storing",
  async run({ history }, say) {
    await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-bench-"));
    const location = { kind: "sqlite", directory: folder.path } as const;
    const writer = new HistoryWriter(history, await openStore(location));
    say(`storing: ${(history.weekSeconds + history.olderMinutes).toLocaleString("en")} changes`);
    await writer.write(history.olderMinutes, 60_000);
    const older = await writer.measureSize(location);
    await writer.write(history.weekSeconds, 1_000);
    const size = (await writer.measureSize(location)) - older;
    const figures = [
      summarize("a week with a change a second, on disk", "MB", [size], "1,000 MB"),
      await measureReads("a day's strip of one server, p95", history.reads, "20 ms", () => writer.readStrip()),
      await measureReads("the fleet at a moment, p95", history.reads, "150 ms", () => writer.readFleet()),
      ...(await measureStorm(writer, history.stormSeconds)),
    ];
    const before = await writer.measureSize(location);
    await writer.writeSeries(history.seriesMinutes);
    const perMinute = ((await writer.measureSize(location)) - before) / history.seriesMinutes;
    figures.push(summarize("series of a week by the minute, on disk", "MB", [perMinute * MINUTES_A_WEEK], "1,000 MB"));
    await writer.close();
    const closedAt = performance.now();
    const again = await openStore(location);
    await again.positions();
    figures.push(summarize("start with all of it", "ms", [performance.now() - closedAt], "1,000 ms"));
    await again.close();
    return [{ situation: `${history.servers.toLocaleString("en")} servers`, figures } satisfies BenchCase];
  },
};

interface SqliteLocation {
  readonly kind: "sqlite";
  readonly directory: string;
}

/** Writes changes of random servers, oldest first, ending now. */
class HistoryWriter {
  readonly #scale: HistoryScale;
  #store: Store;
  #at: number;
  #seq = 0;

  constructor(scale: HistoryScale, store: Store) {
    this.#scale = scale;
    this.#store = store;
    this.#at = Date.now() - scale.weekSeconds * 1_000 - scale.olderMinutes * 60_000;
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Megabytes of the database, with all of its write-ahead log applied by closing it. */
  async measureSize(location: SqliteLocation): Promise<number> {
    await this.#store.close();
    const { size } = await stat(join(location.directory, "haprobe.db"));
    this.#store = await openStore(location);
    return size / 1e6;
  }

  /** Writes `count` changes, one each `everyMs` of the history's time. */
  async write(count: number, everyMs: number): Promise<void> {
    for (let left = count; left > 0; left -= BATCH_EVENTS) await this.commit(Math.min(left, BATCH_EVENTS), everyMs);
  }

  async commit(count: number, everyMs: number): Promise<void> {
    const events = Array.from({ length: count }, () => this.#nextChange(everyMs));
    const source = {
      site: "default",
      vantage: "bench",
      logId: "bench",
      writer: "bench",
      takesOver: false,
      firstSeq: this.#seq - count + 1,
      lastSeq: this.#seq,
      sentAt: this.#at,
    };
    const { kind } = await this.#store.commit({ source, events, incidents: [], outbox: [], timers: [], done: [] });
    if (kind !== "applied") throw new Error(`a batch was ${kind}`);
  }

  /** Writes what the history keeps of each server's probes and checks for as many minutes. */
  async writeSeries(minutes: number): Promise<void> {
    for (let minute = 1; minute <= minutes; minute += 1) {
      const at = Math.ceil(this.#at / 60_000 + minute) * 60_000;
      const points = Array.from({ length: this.#scale.servers }, (_, index) => ({
        server: this.#serverName(index),
        at,
        values: SERIES.map(() => Math.random() * 100),
      }));
      if (!this.#store.offerSeries(points)) throw new Error("a minute was dropped");
      // A call that comes after it.
      await this.#store.positions();
    }
  }

  readStrip(): Promise<unknown> {
    const to = this.#at - Math.random() * 5 * DAY_MS;
    const server = this.#serverName(Math.floor(Math.random() * this.#scale.servers));
    return this.#store.strip({ server, from: to - DAY_MS, to, atMost: STRIP_ENTRIES });
  }

  readFleet(): Promise<unknown> {
    const at = this.#at - Math.random() * this.#scale.weekSeconds * 1_000;
    return this.#store.fleetAt({ at, cursor: null, limit: this.#scale.servers });
  }

  #nextChange(everyMs: number): VerdictStored {
    this.#seq += 1;
    this.#at += everyMs;
    const index = Math.floor(Math.random() * this.#scale.servers);
    return {
      type: "verdict-changed",
      seq: this.#seq,
      at: this.#at,
      server: this.#serverName(index),
      address: { network: "default", host: `10.0.${index >> 8}.${index & 255}`, port: 6_443 },
      judgement: JUDGEMENTS[this.#seq % JUDGEMENTS.length] ?? judgement("agree-up", "passed", 200),
      beganAt: this.#at,
      body: null,
    };
  }

  #serverName(index: number) {
    return { site: "default", instance: "lb-1", backend: `backend-${index % 20}`, server: `server-${index}` };
  }
}

function judgement(verdict: string, probeOutcome: string, httpStatus: number): Judgement {
  return {
    verdict,
    phase: verdict === "false-up" ? "confirmed" : null,
    reason: verdict === "false-up" ? "probe-answered-unhealthy" : null,
    probeReason: verdict === "false-up" ? "probe-answered-unhealthy" : null,
    haproxyStatus: "UP",
    checkStatus: "L4OK",
    checkCode: null,
    probeOutcome,
    httpStatus,
    sentence: `HAProxy says UP (L4OK); /readyz answers ${httpStatus}`,
    tone: verdict === "false-up" ? "critical" : "ok",
    subject: null,
    expected: false,
  };
}

const JUDGEMENTS = [500, 200, 503, 204, 501, 202, 504].map((status) =>
  status >= 500 ? judgement("false-up", "failed", status) : judgement("agree-up", "passed", status),
);

async function measureReads(
  what: string,
  count: number,
  aim: string,
  read: () => Promise<unknown>,
): Promise<Measurement> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const before = performance.now();
    await read();
    samples.push(performance.now() - before);
  }
  return { ...summarize(what, "ms", samples, aim), median: percentile(samples, 0.95) };
}

/** 1,000 changes a second, committed each 100 ms: CPU of the main thread and of the process, and the longest lag of the loop. */
async function measureStorm(writer: HistoryWriter, seconds: number): Promise<Measurement[]> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const [thread, all, startedAt] = [process.threadCpuUsage(), process.cpuUsage(), performance.now()];
  const commits: number[] = [];
  for (const end = startedAt + seconds * 1_000; performance.now() < end; ) {
    const before = performance.now();
    await writer.commit((STORM_CHANGES_PER_SECOND * STORM_EVERY_MS) / 1_000, 1_000 / STORM_CHANGES_PER_SECOND);
    const ms = performance.now() - before;
    commits.push(ms);
    await pause(Math.max(0, STORM_EVERY_MS - ms));
  }
  const wallMs = performance.now() - startedAt;
  const shareOf = ({ user, system }: NodeJS.CpuUsage) => ((user + system) / 1_000 / wallMs) * 100;
  delay.disable();
  return [
    summarize(
      "a storm of 1,000 changes a second: the main thread, of one core",
      "%",
      [shareOf(process.threadCpuUsage(thread))],
      "10 %",
    ),
    summarize("… both threads, of one core", "%", [shareOf(process.cpuUsage(all))]),
    summarize("… a commit of 100 changes", "ms", commits),
    summarize("… the longest lag of the loop", "ms", [delay.max / 1e6], "50 ms"),
  ];
}
