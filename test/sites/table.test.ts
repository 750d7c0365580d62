import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { POSTGRES_MISSING, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { missingNetworks, type RemoteHaprobe, ThreeNetworks } from "./three-networks.ts";

// The table of docs/concepts.md, "Several vantages", on two haprobes over one PostgreSQL.

const WAIT = { timeout: 120_000, interval: 500 };
const MISSING = POSTGRES_MISSING ?? missingNetworks();
const KEY = "lb-1/k8s/cp-1";

describe.skipIf(MISSING !== null).each([{ home: true }, { home: false }])(
  `two vantages, host-a beside HAProxy: $home${MISSING ?? ""}`,
  ({ home }) => {
    let postgres: TestPostgres;
    let networks: ThreeNetworks;
    let a: RemoteHaprobe;
    let b: RemoteHaprobe;
    let top: string;
    let heal: (() => void)[] = [];
    beforeAll(async () => {
      postgres = await startPostgres();
      top = `database: ${JSON.stringify(await postgres.createDatabase())}`;
      networks = await ThreeNetworks.start();
      [a, b] = await Promise.all([
        networks.startHaprobe("host-a", home, { top }),
        networks.startHaprobe("host-b", false, { top }),
      ]);
      await settled();
    });
    afterAll(async () => {
      await networks?.[Symbol.asyncDispose]();
      await postgres?.[Symbol.asyncDispose]();
    });
    afterEach(async () => {
      for (const back of heal) back();
      heal = [];
      await settled();
    });

    /** Both vantages agree with HAProxy, and no incident is open. */
    const settled = () =>
      vi.waitUntil(async () => {
        const verdicts = await Promise.all([a, b].map(seen));
        return verdicts.every((verdict) => verdict === "agree-up") && (await openIncidents(b)).length === 0;
      }, WAIT);

    const status = (haprobe: RemoteHaprobe) => haprobe.get<ServerStatus>(`/api/v1/servers/${KEY}`);
    /** Verdict, phase and reason; a row that is merged has two sides. */
    const seen = async (haprobe: RemoteHaprobe): Promise<string> => {
      const { verdict, phase, reason, probes } = await status(haprobe).catch(() => ({}) as ServerStatus);
      if (probes?.length !== 2) return "not merged";
      return [verdict, phase, reason].filter((word) => word != null).join(" ");
    };
    const openIncidents = async (haprobe: RemoteHaprobe) => {
      const { incidents } = await haprobe.get<{ incidents: Incident[] }>("/api/v1/incidents");
      return incidents
        .filter(({ state }) => state !== "ended")
        .map(({ members }) =>
          members
            .filter(({ active }) => active)
            .map(({ key, vantage }) => `${key} ${vantage}`)
            .toSorted(),
        );
    };
    const expectBoth = async (verdict: string, sentence: string | RegExp): Promise<void> => {
      for (const haprobe of [a, b]) {
        await expect.poll(() => seen(haprobe), WAIT).toBe(verdict);
        const matcher =
          typeof sentence === "string" ? expect.stringContaining(sentence) : expect.stringMatching(sentence);
        await expect.poll(async () => (await status(haprobe)).sentence, WAIT).toEqual(matcher);
      }
    };
    const findings = async (haprobe: RemoteHaprobe) =>
      (await haprobe.get<{ findings: { code: string }[] }>("/api/v1/findings")).findings.map(({ code }) => code);

    test("all fail: false-up, seen from 2 vantages, one incident with a member for each, one message", async () => {
      const before = (await networks.received()).length;
      heal = [networks.breakFor("host-a"), networks.breakFor("host-b")];
      await expectBoth("false-up confirmed probe-answered-unhealthy", ", seen from 2 vantages");
      for (const haprobe of [a, b]) {
        await expect.poll(() => openIncidents(haprobe), WAIT).toEqual([[`${KEY} host-a`, `${KEY} host-b`]]);
      }
      await expect.poll(async () => (await networks.received()).length, WAIT).toBeGreaterThan(before);
      const sent = (await networks.received()).slice(before).filter(({ type }) => type === "incident.firing");
      expect(sent).toHaveLength(1);
    });

    test("some fail at the answer: false-up, with what each of them gets", async () => {
      heal = [networks.breakFor("host-a")];
      await expectBoth(
        "false-up confirmed probe-answered-unhealthy",
        /^HAProxy lb-1 says no check; \/readyz answers host-a 500: etcd, etcd-readiness failed, host-b 200$/,
      );
      await expect.poll(() => openIncidents(b), WAIT).toEqual([[`${KEY} host-a`]]);
      await expect.poll(() => findings(b), WAIT).toContain("vantages-differ");
    });

    test.runIf(home)("some at connect, among them the one beside HAProxy: false-up", async () => {
      heal = [networks.refuse("host-a", 1)];
      await expectBoth("false-up confirmed probe-refused", "host-a, beside lb-1, is refused; host-b gets 200");
      await expect.poll(() => openIncidents(b), WAIT).toEqual([[`${KEY} host-a`]]);
    });

    test.runIf(home)("some at connect, and the one beside HAProxy passes: agree-up, and a finding", async () => {
      heal = [networks.refuse("host-b", 1)];
      await expectBoth("agree-up", "host-a, beside lb-1, gets 200; host-b is refused: look at the path of host-b");
      expect(await openIncidents(a)).toEqual([]);
      await expect.poll(() => findings(a), WAIT).toContain("vantage-path");
    });

    test.runIf(!home)("the same without one beside HAProxy: unknown, path-differs, and no alert", async () => {
      const before = (await networks.received()).length;
      heal = [networks.refuse("host-b", 1)];
      await expectBoth("unknown path-differs", "HAProxy lb-1 says no check; host-b is refused; host-a gets 200");
      expect(await openIncidents(a)).toEqual([]);
      expect((await networks.received()).slice(before)).toEqual([]);
    });

    test.runIf(!home)("one blind: the other's word", async () => {
      heal = [networks.refuse("host-a", "all")];
      await expectBoth("agree-up", "; only host-b reports; host-a blind");
      expect(await openIncidents(b)).toEqual([]);
    });

    test.runIf(!home)("one silent: the other's word", async () => {
      await a.kill("SIGKILL");
      await expect
        .poll(async () => (await status(b)).sentence, WAIT)
        .toMatch(/; only host-b reports; host-a silent since \d\d:\d\d$/);
      expect((await status(b)).verdict).toBe("agree-up");
      a = await networks.startHaprobe("host-a", home, { top });
    });
  },
);
