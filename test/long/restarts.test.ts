import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { ApiServer, ModeName } from "../../demo/stand-in/api-server.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";
import { startLiveSetup, startStandIns } from "./live-setup.ts";

const RESTARTS = 50;
const AT_ONCE = 3;
const NAMES = ["cp-1", "cp-2", "cp-3", "cp-4", "cp-5", "cp-6", "cp-7", "cp-8", "cp-9"];

/** How long a kube-apiserver stays in each step of a rolling restart, milliseconds from and to. */
const STEPS: readonly (readonly [mode: ModeName, from: number, to: number])[] = [
  ["drain", 1_000, 4_000],
  ["closed", 500, 4_000],
  ["deny-403", 200, 1_500],
  ["starting", 500, 3_000],
  ["healthy", 1_500, 3_000],
];

async function restart(server: ApiServer, random: SeededRandom): Promise<void> {
  for (const [mode, from, to] of STEPS) {
    await server.setMode(mode);
    await pause(random.between(from, to));
  }
}

/** Reloads HAProxy each second until the signal aborts. */
async function reloadEachSecond(reload: () => Promise<void>, signal: AbortSignal): Promise<number> {
  let times = 0;
  while (!signal.aborted) {
    await reload();
    times += 1;
    await pause(1_000, undefined, { signal }).catch(() => {});
  }
  return times;
}

describe.each(haproxyBinaries())("$name", ({ binary }) => {
  test.each([
    ["as it runs", false],
    ["reloaded each second", true],
  ])("%s: fifty rolling restarts behind L4, L6 and L7 checks, and not one confirmed mismatch", async (_, reloaded) => {
    await using standIns = await startStandIns(NAMES);
    const checks = ["l4", "l6", "l7"] as const;
    await using bench = await startLiveSetup({ ...standIns, checks, times: "inter 2s fall 3 rise 2", binary });
    const random = new SeededRandom(RESTARTS, String(reloaded));
    const storm = new AbortController();
    const reloads = reloaded ? reloadEachSecond(() => bench.haproxy.reload(), storm.signal) : Promise.resolve(0);
    let left = RESTARTS;
    const roll = async (names: readonly string[]): Promise<void> => {
      for (let i = 0; left > 0; i += 1) {
        left -= 1;
        await restart(standIns.servers.get(names[i % names.length] ?? "") as ApiServer, random);
      }
    };
    const parts = Array.from({ length: AT_ONCE }, (__, part) => NAMES.filter((___, i) => i % AT_ONCE === part));
    await Promise.all(parts.map(roll));
    storm.abort();
    expect(await reloads).toBeGreaterThanOrEqual(reloaded ? RESTARTS : 0);

    const { history } = bench;
    const agree = (): boolean => [...history.verdicts.values()].every((says) => says === "agree-up");
    await history.waitUntil("all is well again", agree, 60_000);
    expect(history.confirmed()).toEqual([]);
    // Both sources observed the restarts.
    const seen = (says: string): number => history.records.filter((heard) => heard.verdict === says).length;
    expect(seen("false-up settling draining")).toBeGreaterThan(RESTARTS / 2);
    // Right after its start an apiserver denies valid credentials; a reload leaves less to know that by.
    expect(seen("unknown starting") + seen("unknown probe-denied")).toBeGreaterThan(RESTARTS / 2);
    if (!reloaded) expect(seen("unknown starting")).toBeGreaterThan(RESTARTS / 2);
  });
});
