import { describe, expect, test } from "vitest";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { waitForPolls, startLiveSetup, startStandIns } from "./live-setup.ts";

describe.each(haproxyBinaries())("$name", ({ binary }) => {
  test("an address that is changed takes the old machine's guilt with it, and the new machine's is its own", async () => {
    await using standIns = await startStandIns(["cp-1", "cp-2", "spare", "sick"]);
    const places = standIns.endpoints.filter(({ name }) => name.startsWith("cp-"));
    const checks = ["none", "l4", "l7"] as const;
    await using bench = await startLiveSetup({
      endpoints: places,
      ca: standIns.ca,
      checks,
      times: "inter 1s fall 3 rise 2",
      binary,
    });
    const { history, haproxy } = bench;
    const portOf = (name: string): number => standIns.servers.get(name)?.port ?? 0;
    const move = async (to: string): Promise<void> => {
      for (const backend of checks)
        await haproxy.command(`set server ${backend}/cp-1 addr 127.0.0.1 port ${portOf(to)}`);
    };
    await standIns.servers.get("sick")?.setMode("etcd");
    await standIns.servers.get("cp-1")?.setMode("etcd");
    await history.waitUntil(
      "the mismatch is confirmed",
      () => history.verdictOf("lb-1/l4/cp-1").includes("confirmed"),
      10_000,
    );

    const moved = performance.now();
    await move("spare");
    const well = (): boolean => checks.every((check) => history.verdictOf(`lb-1/${check}/cp-1`) === "agree-up");
    await history.waitUntil("the spare machine is well", well, 30_000);
    const noted = performance.now();
    expect(noted - moved).toBeLessThan(30_000);

    await move("sick");
    const lies = ["none", "l4"].map((check) => `lb-1/${check}/cp-1`);
    await history.waitUntil(
      "the sick machine is confirmed",
      () => lies.every((key) => history.verdictOf(key).includes("confirmed")),
      10_000,
    );
    await move("cp-1");
    await standIns.servers.get("cp-1")?.setMode("healthy");
    await history.waitUntil("the first machine is well again", well, 30_000);
    expect(history.confirmed().filter(({ key }) => !lies.includes(key))).toEqual([]);
  });

  test("`clear counters all` changes no verdict", async () => {
    await using standIns = await startStandIns(["cp-1", "cp-2", "cp-3"]);
    await using bench = await startLiveSetup({
      ...standIns,
      checks: ["none", "l4", "l6", "l7"],
      times: "inter 1s fall 3 rise 2",
      binary,
    });
    const { history, haproxy, haprobe } = bench;
    await standIns.servers.get("cp-2")?.setMode("etcd");
    const lies = ["none", "l4", "l6"].map((check) => `lb-1/${check}/cp-2`);
    const isConfirmed = (): boolean =>
      lies.every((key) => history.verdictOf(key).includes("confirmed")) &&
      history.verdictOf("lb-1/l7/cp-2").startsWith("agree-down");
    await history.waitUntil("the mismatch is confirmed", isConfirmed, 20_000);
    const before = new Map(history.verdicts);
    const heardBefore = history.records.length;
    for (let i = 0; i < 3; i += 1) {
      await haproxy.command("clear counters all");
      // Until the next poll and the next probe have been judged: three rounds of the state as REST has it.
      await waitForPolls(haprobe.url, 2);
    }
    expect(history.verdicts).toEqual(before);
    expect(history.records.slice(heardBefore)).toEqual([]);
  });
});
