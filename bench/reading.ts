import { setTimeout as pause } from "node:timers/promises";
import { parse } from "csv-parse/sync";
import { systemClock } from "../server/clock.ts";
import { createSnapshotParser } from "../server/haproxy/snapshot-parser.ts";
import type { StatsResponse } from "../server/haproxy/stats-source.ts";
import { openStatsSource } from "../server/haproxy/open-stats-source.ts";
import { cpuMs } from "./cpu-time.ts";
import { summarize, percentile, type BenchCase } from "./measurement.ts";
import { startFleet } from "./fleet.ts";
import type { Scale } from "./scale.ts";
import type { Section } from "./section.ts";

const LATER_POLLS = 3;
const AIM_SERVERS = 10_000;
/** Rounds that warm up the compiler. */
const WARM_UP_ROUNDS = 3;

/** CPU of reading one poll of a real HAProxy, beside csv-parse on the same bytes. */
export const reading: Section = {
  title: "Reading one poll",
  async run(scale, say) {
    const rows: BenchCase[] = [];
    for (const servers of scale.tables) {
      say(`reading: ${servers} servers`);
      rows.push(await measureReading(servers, scale));
    }
    return rows;
  },
};

/** Polls of one HAProxy: the first with everything, then some as the poller requests them. */
interface RecordedPolls {
  readonly first: StatsResponse;
  readonly later: readonly StatsResponse[];
  /** The last one with other counters in every row. */
  readonly busy: StatsResponse;
}

async function measureReading(servers: number, { rounds, everyMs }: Scale): Promise<BenchCase> {
  const polls = await recordPolls(servers, everyMs);
  const samples = {
    first: [] as number[],
    next: [] as number[],
    busy: [] as number[],
    objects: [] as number[],
    arrays: [] as number[],
  };
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const reader = createSnapshotParser("bench");
    const read = (answer: StatsResponse, serversState: boolean): void => {
      const found = runToEnd(reader.parse(answer, { backend: null, serversState, wallMs: Date.now() }));
      if (found.kind !== "parsed" || found.snapshot.servers.length !== servers) {
        throw new Error(`the reader did not read ${servers} servers`);
      }
    };
    const first = await cpuMs(() => read(polls.first, true));
    const next: number[] = [];
    for (const answer of polls.later) next.push(await cpuMs(() => read(answer, false)));
    const busy = await cpuMs(() => read(polls.busy, false));
    if (round < 0) continue;
    samples.first.push(first);
    samples.next.push(...next);
    samples.busy.push(busy);
  }
  // After the other rounds: its garbage would be collected during them.
  const table = csvTable(polls.first);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const objects = await cpuMs(() => expectRows(parse(table, { columns: true }).length, servers));
    const arrays = await cpuMs(() => expectRows(parse(table).length, servers));
    if (round < 0) continue;
    samples.objects.push(objects);
    samples.arrays.push(arrays);
  }
  const ours = percentile(samples.next, 0.5);
  const aim = servers === AIM_SERVERS ? "4 ms" : null;
  return {
    situation: `${servers.toLocaleString("en")} servers, ${Math.round(csvTable(polls.first).length / 1_000)} kB`,
    figures: [
      summarize("our reader, a poll like the one before", "ms", samples.next, aim),
      summarize("our reader, a poll in which every server's counters ticked", "ms", samples.busy),
      summarize("our reader, the first poll with `show servers state`", "ms", samples.first),
      summarize("csv-parse, arrays", "ms", samples.arrays),
      summarize("csv-parse, objects", "ms", samples.objects),
      summarize(
        "csv-parse with objects, of our reader",
        "×",
        samples.objects.map((ms) => ms / ours),
        servers === AIM_SERVERS ? "50 ×" : null,
      ),
    ],
  };
}

async function recordPolls(servers: number, everyMs: number): Promise<RecordedPolls> {
  await using fleet = await startFleet({ servers });
  const source = openStatsSource({ kind: "unix", path: fleet.haproxy.userSocket });
  const ask = (serversState: boolean): Promise<StatsResponse> =>
    source.fetch(
      { backend: null, serversState },
      { clock: systemClock, timeoutMs: 10_000, maxBytes: 2 ** 27, signal: new AbortController().signal },
    );
  const first = await ask(true);
  const later: StatsResponse[] = [];
  for (let poll = 0; poll < LATER_POLLS; poll += 1) {
    await pause(everyMs);
    later.push(await ask(false));
  }
  const last = later.at(-1) ?? first;
  return { first, later, busy: { ...last, bytes: withSessionCounts(last.bytes), sentAt: last.sentAt + everyMs } };
}

/** An answer with other session counters in each row. */
function withSessionCounts(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  const tableAt = text.indexOf("# pxname");
  const [header = "", ...rows] = text.slice(tableAt).split("\n");
  const stot = header.slice(2).split(",").indexOf("stot");
  const counted = rows.map((row) => {
    const fields = row.split(",");
    if (fields.length > stot) fields[stot] = String(Number(fields[stot]) + 17);
    return fields.join(",");
  });
  return Buffer.from(`${text.slice(0, tableAt)}${[header, ...counted].join("\n")}`, "latin1");
}

function csvTable({ bytes }: StatsResponse): string {
  const text = bytes.toString("latin1");
  const table = text.slice(text.indexOf("# pxname"));
  return table.slice(2, table.indexOf("\n\n") + 1);
}

function expectRows(found: number, servers: number): void {
  if (found < servers) throw new Error(`csv-parse found ${found} rows of ${servers} servers`);
}

/** Runs a generator to its end without pauses. */
function runToEnd<T>(steps: Iterator<void, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
