import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PastServer } from "../../server/contract/history.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { createHistoryReader } from "../../server/history/history-reader.ts";
import { createStatePublisher } from "../../server/push/state-publisher.ts";
import { openStore } from "../../server/store/open-store.ts";
import { StoreSink } from "../../server/store/store-sink.ts";
import { NOTHING_STORED } from "../../server/store/stored-state.ts";
import { FakeClock } from "../support/fake-clock.ts";
import type { ProbeCase } from "../support/judge-harness.ts";
import { MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";
import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";

const SERVERS = ["cp-1", "cp-2", "cp-3", "cp-4", "cp-5", "cp-6"];
const STATUSES = [
  ["UP", "L4OK"],
  ["UP", "L7OK/200"],
  ["UP 2/3", "L4CON"],
  ["DOWN", "L4CON"],
  ["DOWN", "L7STS/503"],
  ["DOWN 1/2", "L4OK"],
  ["DRAIN", "L4OK"],
  ["MAINT", ""],
] as const;
const ANSWERS: readonly ProbeCase[] = ["ok", "ok", "ok", "etcd", "refused", "hang", "403", "503"];

/** What the stream says of a server, as far as it is recorded. */
function wordsOf(server: ServerStatus | PastServer): unknown {
  const { key, address, verdict, phase, reason, probeReason, sentence, tone, subject, since, haproxy, probe } = server;
  const { status, checkStatus, checkCode } = haproxy;
  const ours = [probe.vantage, probe.outcome, probe.httpStatus];
  return [
    key,
    address,
    verdict,
    phase,
    reason,
    probeReason,
    sentence,
    tone,
    subject,
    since,
    status,
    checkStatus,
    checkCode,
    ...ours,
  ];
}

const sorted = (servers: readonly (ServerStatus | PastServer)[]): unknown[] =>
  servers.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(wordsOf);

test("the fleet at ten random moments of an hour is afterwards what the stream said then", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-history-"));
  const store = await openStore({ kind: "sqlite", directory: folder.path });
  const clock = new FakeClock(1_000_000);
  const random = new SeededRandom(7);
  const harness = new MonitorHarness(["lb-1", "lb-2"], 1_000, { clock });
  const { live, changes } = harness.monitor;
  const stream = createStatePublisher({ live, changes, clock, epoch: "e1", faults: UNEXPECTED_FAULTS });
  const sink = new StoreSink({
    clock,
    plan: () => ({ outbox: [], timers: [] }),
    onTimersStored: () => {},
    readServer: (key) => live.server(key),
    replaceLog: () => "log-b",
    listGone: () => [],
    onLost: () => {},
    faults: UNEXPECTED_FAULTS,
    onChange: () => {},
  });
  harness.monitor.subscribe(sink);
  sink.open(store, { site: "default", vantage: "here", logId: "log-a", writer: "a" }, NOTHING_STORED);
  harness.monitor.start();

  const moments = Array.from({ length: 10 }, () => Math.floor(random.between(60, 3_600))).toSorted((a, b) => a - b);
  const said: { at: number; servers: unknown[]; verdicts: object }[] = [];
  const rows = new Map<string, readonly [status: string, check: string]>(SERVERS.map((name) => [name, ["UP", "L4OK"]]));
  const answers = new Map<string, ProbeCase>(SERVERS.map((name) => [name, "ok"]));
  for (let second = 1; second <= 3_600; second += 1) {
    const name = random.pick(SERVERS);
    if (random.chance(0.1)) rows.set(name, random.pick(STATUSES));
    if (random.chance(0.2)) answers.set(name, random.pick(ANSWERS));
    // A server that is gone for five minutes, one that moves, and an instance that does not answer for one.
    const present = SERVERS.filter((each) => each !== "cp-6" || second % 600 > 300);
    const views = present.map((each, place): StatsRow => {
      const [status, check] = rows.get(each) ?? ["UP", "L4OK"];
      const host = each === "cp-5" && second > 1_800 ? "10.0.0.99" : `10.0.0.${place + 1}`;
      return [each, status, check, { address: { kind: "ip", host, port: 6443 } }];
    });
    harness.poll(views);
    if (second < 2_000 || second > 2_060) harness.poll(views, { instance: "lb-2" });
    for (const [place, each] of present.entries()) {
      const host = each === "cp-5" && second > 1_800 ? "10.0.0.99" : `10.0.0.${place + 1}`;
      harness.probeAt(host, answers.get(each) ?? "ok");
    }
    await harness.advance(750);
    if (moments.includes(second)) {
      const { servers, summary } = stream.snapshot();
      said.push({ at: clock.wall(), servers: sorted(servers), verdicts: summary.verdicts });
    }
    await harness.advance(250);
  }
  await sink.stop();

  const reader = createHistoryReader(store, clock);
  expect(said.length).toBeGreaterThanOrEqual(9);
  expect(
    new Set(
      said.flatMap(({ verdicts }) => Object.entries(verdicts).flatMap(([verdict, n]) => (n > 0 ? [verdict] : []))),
    ),
  ).toEqual(new Set(["false-up", "false-down", "agree-down", "unknown", "out-of-service", "agree-up"]));
  for (const { at, servers, verdicts } of said) {
    const past = await reader.fleetAt(at);
    expect(sorted(past.servers)).toEqual(servers);
    expect(past.summary.verdicts).toEqual(verdicts);
  }
  stream.stop();
  await store.close();
});
