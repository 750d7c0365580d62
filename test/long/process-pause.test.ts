import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { waitForPolls, printDelays, startLiveSetup, startStandIns } from "./live-setup.ts";

const TIMES = "inter 1s fall 3 rise 2";
const CHECKS = ["none", "l4", "l6", "l7"] as const;
const STAND_IN = fileURLToPath(new URL("../../demo/stand-in/main.ts", import.meta.url));

/** A stand-in API server in a process of its own, so that it can be stopped like one. */
async function startProcess(): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [STAND_IN, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return { child, port: Number(/:(\d+)\s*$/.exec(line)?.[1]) };
}

describe.each(haproxyBinaries())("$name", ({ name, binary }) => {
  test("HAProxy stands still: nothing is known of its servers until it is back, and nothing was their fault", async () => {
    await using standIns = await startStandIns(["cp-1", "cp-2", "cp-3"]);
    await using bench = await startLiveSetup({ ...standIns, checks: CHECKS, times: TIMES, binary });
    const { history, haproxy, haprobe } = bench;
    const all = (says: string) => (): boolean => [...history.verdicts.values()].every((word) => word === says);
    for (const seconds of [2, 12]) {
      const began = performance.now();
      process.kill(haproxy.pid, "SIGSTOP");
      // During the pause a server behind checks is restarted.
      await standIns.servers.get("cp-1")?.setMode("closed");
      await pause(seconds * 500);
      await standIns.servers.get("cp-1")?.setMode("healthy");
      await pause(seconds * 500);
      if (seconds > 10) {
        await history.waitUntil("it is stale", all("unknown haproxy-stale"), 5_000);
        const stale = history.records.find(({ verdict: says, at }) => says === "unknown haproxy-stale" && at > began);
        printDelays(`${name}: HAProxy stopped, until its data is stale`, [(stale?.at ?? Number.NaN) - began]);
      }
      process.kill(haproxy.pid, "SIGCONT");
      await waitForPolls(haprobe.url, 2);
      await history.waitUntil("all is well again", all("agree-up"), 30_000);
    }
    // Without a check the closed port was a lie while HAProxy still answered: only that may have been said.
    expect(history.confirmed().filter(({ key }) => !key.startsWith("lb-1/none/"))).toEqual([]);
  });

  test("a server's process stands still: a lie where no check sees it, an agreement where one does", async () => {
    await using standIns = await startStandIns(["cp-1", "cp-2", "cp-3"]);
    const { child, port } = await startProcess();
    try {
      const places = [...standIns.endpoints, { name: "still", host: "127.0.0.1", port }];
      await using bench = await startLiveSetup({ endpoints: places, ca: null, checks: CHECKS, times: TIMES, binary });
      const { history } = bench;
      const began = performance.now();
      child.kill("SIGSTOP");
      const blind = ["none", "l4"].map((check) => `lb-1/${check}/still`);
      const seeing = ["l6", "l7"].map((check) => `lb-1/${check}/still`);
      await history.waitUntil(
        "the mismatches are confirmed",
        () => blind.every((key) => history.verdictOf(key).startsWith("false-up confirmed")),
        15_000,
      );
      printDelays(
        `${name}: a stopped process behind no check and L4`,
        history.confirmed(began).map(({ at }) => at - began),
      );
      await history.waitUntil(
        "the others agree",
        () => seeing.every((key) => history.verdictOf(key).startsWith("agree-down")),
        30_000,
      );
      child.kill("SIGCONT");
      await history.waitUntil(
        "all is well again",
        () => [...history.verdicts.values()].every((says) => says === "agree-up"),
        30_000,
      );
      expect(history.confirmed().filter(({ key }) => !blind.includes(key))).toEqual([]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("haprobe is paused while servers restart and HAProxy is reloaded: it reports the pause, and no mismatch", async () => {
    await using standIns = await startStandIns(["cp-1", "cp-2", "cp-3", "cp-4"]);
    await using bench = await startLiveSetup({ ...standIns, checks: ["l4", "l6", "l7"], times: TIMES, binary });
    const { history, haprobe, haproxy } = bench;
    for (const seconds of [0.4, 1.5, 4, 12]) {
      process.kill(haprobe.pid, "SIGSTOP");
      await standIns.servers.get("cp-1")?.setMode("closed");
      await standIns.servers.get("cp-2")?.setMode("hang");
      await pause(seconds * 500);
      await haproxy.reload();
      await standIns.servers.get("cp-1")?.setMode("healthy");
      await standIns.servers.get("cp-2")?.setMode("healthy");
      await pause(seconds * 500);
      process.kill(haprobe.pid, "SIGCONT");
      await waitForPolls(haprobe.url, 3);
      await history.waitUntil(
        "all is well again",
        () => [...history.verdicts.values()].every((says) => says === "agree-up"),
        60_000,
      );
    }
    expect(history.confirmed()).toEqual([]);
  });
});
