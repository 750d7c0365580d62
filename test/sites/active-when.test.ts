import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { missingNetworks, type RemoteHaprobe, ThreeNetworks } from "./three-networks.ts";

const VIP = "10.231.9.9";
const WAIT = { timeout: 120_000, interval: 500 };

describe.skipIf(missingNetworks() !== null)(
  `a pair of which one machine has the address${missingNetworks() ?? ""}`,
  () => {
    let networks: ThreeNetworks;
    let pair: { readonly active: RemoteHaprobe; readonly passive: RemoteHaprobe };
    beforeAll(async () => {
      networks = await ThreeNetworks.start();
      networks.address("add", "host-a", VIP);
      const start = (place: "host-a" | "host-b") =>
        networks.startHaprobe(place, true, { alerts: `active-when: {address: ${VIP}}` });
      const [active, passive] = [await start("host-a"), await start("host-b")];
      pair = { active, passive };
    });
    afterAll(() => networks?.[Symbol.asyncDispose]());

    const verdictOf = async (haprobe: RemoteHaprobe) =>
      (await haprobe.get<ServerStatus>("/api/v1/servers/lb-1/k8s/cp-1")).verdict;

    test("only that one sends, and the other one sends what is open 30 s after the address has come to it", async () => {
      for (const haprobe of [pair.active, pair.passive]) {
        await expect.poll(() => verdictOf(haprobe).catch(() => ""), WAIT).toBe("agree-up");
      }
      const heal = [networks.breakFor("host-a"), networks.breakFor("host-b")];
      for (const haprobe of [pair.active, pair.passive]) {
        await expect.poll(() => verdictOf(haprobe), WAIT).toBe("false-up");
      }
      await expect.poll(() => networks.received(), WAIT).toHaveLength(1);
      const kept = async () =>
        (await pair.passive.get<{ notifications: { status: string }[] }>("/api/v1/notifications")).notifications;
      await expect.poll(kept, WAIT).toMatchObject([{ status: "superseded" }]);

      await pair.active.kill("SIGKILL");
      networks.address("del", "host-a", VIP);
      networks.address("add", "host-b", VIP);
      await expect.poll(async () => (await networks.received()).length, WAIT).toBe(2);
      const [first, summary] = await networks.received();
      expect([first?.type, summary?.type]).toEqual(["incident.firing", "summary"]);
      expect(summary?.data.sentence).toMatch(/^1 alert still open after the take-over of 10\.231\.9\.9: /);
      const log = pair.passive.log();
      expect(["alerts-passive", "alerts-taking-over", "alerts-active"].map((event) => log.includes(event))).toEqual([
        true,
        true,
        true,
      ]);

      for (const back of heal) back();
      await expect
        .poll(async () => (await networks.received()).map(({ type }) => type), WAIT)
        .toEqual(["incident.firing", "summary", "incident.resolved"]);
      const [firing, , resolved] = await networks.received();
      expect(resolved?.data.fingerprint).toBe(firing?.data.fingerprint);
    });
  },
);
