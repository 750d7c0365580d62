import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { ModeName } from "../../demo/stand-in/api-server.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";
import { printDelays, startLiveSetup, startStandIns } from "./live-setup.ts";

const TIMES = "inter 2s fall 3 rise 2";
const NAMES = ["cp-1", "cp-2", "cp-3", "cp-4", "cp-5"];
const ROUNDS = 12;
/** Nothing here takes longer than two timeouts of the probe and the second look. */
const DETECTION_DEADLINE_MS = 12_000;

/** What each check cannot see, and the mode that shows it. */
const UNDETECTED_FAILURES: readonly (readonly [mode: ModeName, behind: readonly string[], rounds: number])[] = [
  ["etcd", ["none", "l4", "l6"], ROUNDS],
  ["slam", ["none", "l4"], ROUNDS],
  ["closed", ["none"], ROUNDS],
  ["hang", ["none", "l4", "l6"], ROUNDS / 3],
  ["mute", ["none", "l4"], ROUNDS / 3],
];

describe.each(haproxyBinaries())("$name", ({ name, binary }) => {
  test("deaths, hangs and flapping behind httpchk are never confirmed", async () => {
    await using standIns = await startStandIns(NAMES);
    await using bench = await startLiveSetup({ ...standIns, checks: ["l7"], times: TIMES, binary });
    const { history } = bench;
    for (const mode of ["closed", "hang", "mute", "slam", "etcd"] as const) {
      const began = performance.now();
      await standIns.servers.get("cp-1")?.setMode(mode);
      const down = (): boolean => history.verdictOf("lb-1/l7/cp-1").startsWith("agree-down");
      await history.waitUntil(`HAProxy takes down what is ${mode}`, down, 30_000);
      printDelays(`${name}: ${mode} behind httpchk, until HAProxy agrees`, [performance.now() - began]);
      await standIns.servers.get("cp-1")?.setMode("healthy");
      await history.waitUntil("it is back", () => history.verdictOf("lb-1/l7/cp-1") === "agree-up", 30_000);
    }
    const random = new SeededRandom(1, "flapping");
    const flap = async (server: string, mode: ModeName): Promise<void> => {
      for (let i = 0; i < 15; i += 1) {
        await standIns.servers.get(server)?.setMode(mode);
        await pause(random.between(200, 3_000));
        await standIns.servers.get(server)?.setMode("healthy");
        await pause(random.between(200, 2_000));
      }
    };
    await Promise.all([flap("cp-2", "etcd"), flap("cp-3", "closed"), flap("cp-4", "slam")]);
    await history.waitUntil(
      "all is well again",
      () => [...history.verdicts.values()].every((says) => says === "agree-up"),
      60_000,
    );
    expect(history.confirmed()).toEqual([]);
    for (const server of ["cp-2", "cp-3", "cp-4"]) {
      expect(history.records.filter(({ key }) => key.endsWith(server)).length).toBeGreaterThan(10);
    }
  });

  test.each(UNDETECTED_FAILURES)(
    "%s behind %s is confirmed each time, and ends with the failure",
    async (mode, behind, rounds) => {
      await using standIns = await startStandIns(NAMES);
      await using bench = await startLiveSetup({
        ...standIns,
        checks: ["none", "l4", "l6", "l7"],
        times: TIMES,
        binary,
      });
      const { history } = bench;
      const random = new SeededRandom(1, mode);
      const delays: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        // A lie that follows at once on the last one finds the probes out of their rhythm; and none marches in step with it.
        await pause(random.between(2_000, 3_000));
        const began = performance.now();
        await standIns.servers.get("cp-3")?.setMode(mode);
        const isConfirmed = (check: string): boolean =>
          history
            .confirmed(began)
            .some(({ key, verdict: says }) => key === `lb-1/${check}/cp-3` && says.startsWith("false-up"));
        await history.waitUntil(
          `${mode} is confirmed behind ${behind.join(", ")}`,
          () => behind.every(isConfirmed),
          DETECTION_DEADLINE_MS,
        );
        for (const check of behind) {
          const first = history.confirmed(began).find(({ key }) => key === `lb-1/${check}/cp-3`);
          delays.push((first?.at ?? Number.NaN) - began);
        }
        await standIns.servers.get("cp-3")?.setMode("healthy");
        const left = (): boolean => [...history.verdicts.values()].every((says) => says === "agree-up");
        await history.waitUntil("all is well again", left, 30_000);
      }
      printDelays(`${name}: ${mode} behind ${behind.join(", ")}, until it is confirmed`, delays);
      const others = history.confirmed().filter(({ key }) => !behind.some((check) => key === `lb-1/${check}/cp-3`));
      expect(others).toEqual([]);
    },
  );
});
