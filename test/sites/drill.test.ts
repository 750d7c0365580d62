import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../server/contract/finding.ts";
import { POSTGRES_MISSING } from "../support/postgres.ts";
import { queryDatabase, readJson } from "../support/sites.ts";
import { Drill, FAKETIME_MISSING, skewedClock, WAIT } from "./drill.ts";

describe.skipIf(POSTGRES_MISSING !== null)(`two hubs and three vantages${POSTGRES_MISSING ?? ""}`, () => {
  // Each has hubs and vantages of its own, since faults that recur take longer to heal, and ends with what holds whatever happened: events are applied once, and messages arrive once and in their order.
  test("answers that are lost, and a receiver that fails", async () => {
    await using drill = await Drill.start();
    for (const relay of drill.relays) relay.mode = "lossy";
    drill.receiver.setStatus(503);
    await drill.setModes("etcd");
    await expect.poll(() => drill.relays.every(({ lost }) => lost > 2), WAIT).toBe(true);
    for (const relay of drill.relays) relay.mode = "pass";
    await expectOpen(drill, 3);
    drill.receiver.setStatus(null);
    await expectDelivered(drill);
    expect(new Set(drill.receiver.taken.map(({ id }) => id)).size).toBe(3);
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("kill -9 of each hub, while faults begin and end", async () => {
    await using drill = await Drill.start();
    for (const n of [0, 1]) {
      await drill.setModes("etcd");
      await drill.hubs[n]?.stop("SIGKILL");
      await expectOpen(drill, 3);
      await drill.setModes("healthy");
      await drill.startHub(n);
      await expectOpen(drill, 0);
    }
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("kill -9 of each vantage, while its fault begins and while it ends", async () => {
    await using drill = await Drill.start();
    const killAll = () =>
      Promise.all(
        [0, 1, 2].map(async (n) => {
          await drill.probes[n]?.stop("SIGKILL");
          await drill.startProbe(n);
        }),
      );
    await drill.setModes("etcd");
    await killAll();
    await expectOpen(drill, 3);
    await drill.setModes("healthy");
    await killAll();
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("kill -9 of each HAProxy: the incidents freeze, and go on with it", async () => {
    await using drill = await Drill.start();
    await drill.setModes("etcd");
    await expectOpen(drill, 3);
    for (const { haproxy } of drill.beds) process.kill(haproxy.pid, "SIGKILL");
    const stale = async () =>
      (
        await queryDatabase(
          drill.database,
          "SELECT 1 FROM current_verdict JOIN judgement ON judgement.id = judgement_id WHERE reason = 'haproxy-stale'",
        )
      ).length;
    await expect.poll(stale, WAIT).toBeGreaterThanOrEqual(6);
    await expectOpen(drill, 3);
    await Promise.all(drill.beds.map(({ haproxy }) => haproxy.reload()));
    await expect.poll(stale, WAIT).toBe(0);
    await expectOpen(drill, 3);
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("kill -9 of the receiver", async () => {
    await using drill = await Drill.start();
    await drill.receiver.kill();
    await drill.setModes("etcd");
    await expectOpen(drill, 3);
    await drill.receiver.start();
    await expectDelivered(drill);
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("a hub that is frozen for longer than its leases", async () => {
    await using drill = await Drill.start();
    process.kill(drill.hubs[0]?.pid ?? 0, "SIGSTOP");
    await drill.setModes("etcd");
    await expectOpen(drill, 3);
    // Leases last 30 s.
    await pause(35_000);
    process.kill(drill.hubs[0]?.pid ?? 0, "SIGCONT");
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("a WAN that is cut for a minute, and slow afterwards", async () => {
    await using drill = await Drill.start();
    for (const relay of drill.relays) relay.cut();
    await drill.setModes("etcd");
    await pause(60_000);
    for (const relay of drill.relays) relay.mode = "pass";
    for (const relay of drill.relays) relay.delayMs = 300;
    await expectOpen(drill, 3);
    for (const relay of drill.relays) relay.delayMs = 0;
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("a database that is stopped for 8 s, while a hub dies", async () => {
    await using drill = await Drill.start();
    await drill.setModes("etcd");
    await expectOpen(drill, 3);
    await drill.postgres.kill();
    await drill.setModes("healthy");
    await drill.hubs[1]?.stop("SIGKILL");
    await pause(8_000);
    await drill.postgres.start();
    await drill.startHub(1);
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("a fail-over that loses the tail of the database: vantages send it again, and nothing doubles", async () => {
    await using drill = await Drill.start();
    await drill.postgres.save();
    const before = drill.receiver.taken.length;
    await drill.setModes("etcd");
    await expectOpen(drill, 3);
    await expectDelivered(drill);
    const positions = () => queryDatabase(drill.database, "SELECT name, seq::int FROM vantage WHERE site <> 'default'");
    const high = await positions();
    await drill.postgres.restore();
    expect(
      (await positions()).some(
        ({ name, seq }) => Number(seq) < Number(high.find((row) => row["name"] === name)?.["seq"]),
      ),
    ).toBe(true);
    await expectOpen(drill, 3);
    await expectDelivered(drill);
    const firing = drill.receiver.taken.slice(before).filter(({ type }) => type === "incident.firing");
    expect(new Set(firing.map(({ id }) => id)).size).toBe(3);
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("an ordinary rolling restart is no message", async () => {
    await using drill = await Drill.start();
    await drill.setModes("etcd");
    await expectOpen(drill, 3);
    await expectDelivered(drill);
    const before = drill.receiver.taken.length;
    for (const n of [0, 1]) {
      await drill.hubs[n]?.stop();
      await drill.startHub(n);
    }
    for (const n of [0, 1, 2]) {
      await drill.probes[n]?.stop();
      await drill.startProbe(n);
    }
    await pause(15_000);
    expect(drill.receiver.taken.slice(before)).toEqual([]);
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test("what a vantage reports of itself is on the hubs, with its name", async () => {
    await using drill = await Drill.start();
    const blind = async (n: number) =>
      drill.hubs[n] === undefined
        ? []
        : (
            await readJson<{ findings: readonly Finding[] }>(drill.hubs[n], "/api/v1/findings?code=check-blind")
          ).findings
            .flatMap(({ vantages }) => vantages)
            .map(({ site, vantage }) => `${vantage} in ${site}`)
            .toSorted();
    for (const n of [0, 1])
      await expect.poll(() => blind(n), WAIT).toEqual(["cp-1 in fra", "cp-2 in ams", "cp-3 in lon"]);
    await drill.setModes("healthy");
    await expect.poll(() => drill.problems(), WAIT).toEqual([]);
  });

  test.skipIf(FAKETIME_MISSING !== null)(
    `a clock that is 90 s ahead and one 90 s behind: leases and order hold, and findings say so${FAKETIME_MISSING ?? ""}`,
    async () => {
      await using drill = await Drill.start();
      for (const [n, offset] of [
        [0, "+90s"],
        [1, "-90s"],
      ] as const) {
        await drill.probes[n]?.stop();
        await drill.startProbe(n, skewedClock(offset));
      }
      await drill.setModes("etcd");
      await expectOpen(drill, 3);
      const [hub] = drill.hubs;
      const skew = async () =>
        hub === undefined
          ? ""
          : (await readJson<{ findings: readonly Finding[] }>(hub, "/api/v1/findings?code=clock-skew")).findings
              .map(({ sentence }) => sentence)
              .join();
      await expect.poll(skew, WAIT).toMatch(/cp-1 in fra by [\d.]+ s ahead/);
      await expect.poll(skew, WAIT).toMatch(/cp-2 in ams by [\d.]+ s behind/);
      await drill.setModes("healthy");
      await expect.poll(() => drill.problems(), WAIT).toEqual([]);
    },
  );
});

async function expectOpen(drill: Drill, incidents: number): Promise<void> {
  await expect.poll(() => drill.openIncidents(), WAIT).toBe(incidents);
}

async function expectDelivered(drill: Drill): Promise<void> {
  await expect.poll(() => drill.wronglyDelivered(), WAIT).toEqual([]);
}
