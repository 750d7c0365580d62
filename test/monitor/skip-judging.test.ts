import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServerView, StatsSnapshot } from "../../server/contract/view.ts";
import type { AssignTarget } from "../../server/monitor/inventory.ts";
import { type ProbeCase, POLICY, TARGET } from "../support/judge-harness.ts";
import { instanceNamed, type StatsRow, MonitorHarness } from "../support/monitor-harness.ts";

const UP: StatsRow[] = [
  ["cp-1", "UP", "L4OK"],
  ["cp-2", "UP", "L4OK"],
];

/** Returns the same view object for an unchanged row, as the parser of HAProxy's answers does. */
class ViewCache {
  readonly #views = new Map<string, ServerView>();

  reuseViews(snapshot: StatsSnapshot): StatsSnapshot {
    const servers = snapshot.servers.map((view) => {
      const text = JSON.stringify(view);
      const known = this.#views.get(text) ?? view;
      this.#views.set(text, known);
      return known;
    });
    return { ...snapshot, servers };
  }
}

/** The rules of a MonitorHarness. */
const assign: AssignTarget = ({ address }) =>
  address.kind === "ip"
    ? { kind: "target", target: { ...TARGET, key: `default|${address.host}`, host: address.host }, policy: POLICY }
    : { kind: "none", reason: "no-address", policy: POLICY };

describe("a server with an unchanged row", () => {
  test("shows the time of the newest poll, and seconds that keep counting", async () => {
    const harness = new MonitorHarness();
    const viewCache = new ViewCache();
    const rows: StatsRow[] = [["cp-1", "UP", "L4OK", { lastChangeSeconds: 7 }]];
    void harness.monitor.acceptSnapshot(viewCache.reuseViews(harness.snapshot(rows)), 1_000);
    await harness.advance(4_000);
    void harness.monitor.acceptSnapshot(viewCache.reuseViews(harness.snapshot(rows)), 1_000);
    expect(harness.server("cp-1").haproxy).toMatchObject({
      changedSecondsAgo: 11,
      at: new Date(harness.clock.wall()).toISOString(),
    });
  });

  test("is judged by its newest poll as soon as a probe fails", async () => {
    const harness = new MonitorHarness();
    const viewCache = new ViewCache();
    const poll = (): Promise<void> => harness.monitor.acceptSnapshot(viewCache.reuseViews(harness.snapshot(UP)), 1_000);
    void poll();
    await harness.advance(250);
    harness.probe(1, "ok");
    await harness.advance(1_000);
    void poll();
    await harness.advance(100);
    harness.probe(1, "etcd");
    expect(harness.verdictText("cp-1")).toBe("false-up suspected probe-answered-unhealthy");
    await harness.advance(100);
    void poll();
    await harness.advance(100);
    harness.probe(1, "etcd");
    await harness.advance(100);
    void poll();
    expect(harness.verdictText("cp-1")).toBe("false-up confirmed probe-answered-unhealthy");
  });
});

test.each<[string, StatsRow]>([
  ["its weight", ["cp-1", "UP", "L4OK", { weight: 5 }]],
  ["the count of its check", ["cp-1", "UP 2/3", "L4OK"]],
  ["what its check found", ["cp-1", "UP", "L7OK/200"]],
])("%s is a change of the row, whatever the verdict", async (_what, changed) => {
  const harness = new MonitorHarness();
  harness.poll(UP);
  await harness.advance(250);
  for (const place of [1, 2]) harness.probe(place, "ok");
  await harness.advance(1_000);
  harness.changes.length = 0;
  harness.poll([changed, UP[1]!]);
  expect(harness.changes).toContainEqual({ kind: "server", key: "lb-1/k8s-api/cp-1" });
});

describe("whether unchanged rows are the same object, are parsed again, or every server is always judged", () => {
  const status = fc.constantFrom<readonly [string, string]>(
    ["UP", "L4OK"],
    ["UP", "* L4OK"],
    ["UP 2/3", "L4CON"],
    ["UP 1/3", "INI"],
    ["UP", "L7OK/200"],
    ["UP", "L7OK/500"],
    ["DOWN", "L4CON"],
    ["DOWN", "L7STS/503"],
    ["DOWN", "INI"],
    ["DRAIN", "L4OK"],
    ["MAINT", ""],
    ["no check", ""],
  );
  const answers = [
    "ok",
    "etcd",
    "503",
    "403",
    "refused",
    "unreachable",
    "hang",
    "untrusted",
  ] as const satisfies ProbeCase[];
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("poll" as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("says" as const), place: fc.nat(3), status }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("sessions" as const), place: fc.nat(3) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("probe" as const),
        place: fc.nat(3),
        answer: fc.constantFrom(...answers),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(50, 250, 1_000, 7_000) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reload" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("pause" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("turn" as const) }) },
  );

  test("events, changes and rows are the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, backups) => {
        const [anew, again, restless] = [new MonitorHarness(), new MonitorHarness(), new MonitorHarness()];
        const viewCache = new ViewCache();
        let epoch = 1;
        let rows: StatsRow[] = ["a", "b", "c", "d"].map((name, place) => [
          name,
          "UP",
          "L4OK",
          {
            address: { kind: "ip", host: `10.0.0.${place + 1}`, port: 6443 },
            backup: backups && place > 1,
            sessionsTotal: 0,
          },
        ]);
        for (const taken of [{ kind: "poll" as const }, ...steps]) {
          if (taken.kind === "reload") epoch += 1;
          if (taken.kind === "turn") rows = [...rows.slice(1), ...rows.slice(0, 1)];
          if (taken.kind === "says" || taken.kind === "sessions") {
            rows = rows.map(([name, was, check, more = {}], place): StatsRow => {
              if (place !== taken.place) return [name, was, check, more];
              if (taken.kind === "says") return [name, ...taken.status, more];
              return [name, was, check, { ...more, sessionsTotal: (more.sessionsTotal ?? 0) + 1, bytesOut: 1 }];
            });
          }
          for (const harness of [anew, again, restless]) {
            if (taken.kind === "poll") {
              const snapshot = harness.snapshot(rows, { epoch: `${epoch}.1` });
              void harness.monitor.acceptSnapshot(harness === anew ? snapshot : viewCache.reuseViews(snapshot), 1_000);
            }
            if (taken.kind === "probe") harness.probe(taken.place + 1, taken.answer);
            if (taken.kind === "pass") await harness.advance(taken.ms);
            if (taken.kind === "pause") {
              await harness.clock.advance(5_000);
              // A process that was stopped ticks first: its timer is overdue.
              harness.monitor.tick();
            }
          }
          // A configuration can change every server, so all of them are judged.
          restless.monitor.configure([instanceNamed("lb-1")], assign);
          expect(again.events).toEqual(anew.events);
          expect(again.events).toEqual(restless.events);
          expect(again.earlyPolls).toEqual(anew.earlyPolls);
          expect(again.probedSoon).toEqual(anew.probedSoon);
          const shown = ({ monitor }: MonitorHarness): unknown =>
            [...monitor.live.servers()].map((row) => ({ ...row, haproxy: { ...row.haproxy, changedSecondsAgo: 0 } }));
          expect(shown(again)).toEqual(shown(anew));
          expect(shown(again)).toEqual(shown(restless));
        }
        expect(again.changes).toEqual(anew.changes);
      }),
      { seed: 20261122, numRuns: 300 },
    );
  });
});
