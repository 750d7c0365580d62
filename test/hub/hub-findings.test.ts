import { expect, test } from "vitest";
import type { InstanceStatus } from "../../server/contract/status.ts";
import type { StoredPosition } from "../../server/contract/store.ts";
import { listDoubledInstances } from "../../server/hub/doubled-instances.ts";
import { createHubFindings } from "../../server/judge/hub-findings.ts";

const instance: InstanceStatus = {
  name: "lb-1",
  site: "fra",
  stats: "unix:/run/haproxy.sock",
  state: "ok",
  version: "3.0",
  pid: 10,
  startedAt: "2026-11-27T10:00:00.000Z",
  servers: 1,
  lastPollAt: "2026-11-27T12:00:00.000Z",
  pollDurationMs: 1,
  everyMs: 1_000,
  error: null,
};

function position(vantage: string, fields: Partial<StoredPosition> = {}, instances = [instance]): StoredPosition {
  return {
    site: "fra",
    vantage,
    logId: vantage,
    firstSeq: 2,
    lastSeq: 1,
    sentAt: 0,
    heardAt: Date.UTC(2026, 10, 27, 10, 2),
    heardAgoMs: 1_000,
    skewMs: 0,
    status: { version: "1", instances, isBlind: false },
    ...fields,
  };
}

const codesOf = (positions: readonly StoredPosition[], sharedNames: readonly string[] = []) =>
  createHubFindings({ positions, superseded: [], sharedNames, doubledNames: listDoubledInstances(positions) }).map(
    ({ code }) => code,
  );

test("a hub says which vantages are silent, and of what clocks are wrong", () => {
  const [silent, skew] = createHubFindings({
    positions: [
      position("cp-1", { heardAgoMs: 31_000 }),
      position("cp-2", { skewMs: 90_000 }),
      position("cp-3", { skewMs: -2_100 }),
      position("cp-4", { skewMs: 2_000 }),
    ],
    superseded: [],
    sharedNames: [],
    doubledNames: [],
  });
  expect(silent).toMatchObject({ code: "vantage-silent", sentence: expect.stringContaining("cp-1 in fra for 1 min") });
  expect(skew).toMatchObject({ code: "clock-skew" });
  expect(skew?.sentence).toContain("cp-2 in fra by 90.0 s ahead, cp-3 in fra by 2.1 s behind");
  expect(skew?.sentence).not.toContain("cp-4");
});

test("a hub says where two haprobes have one name", () => {
  const superseded = [{ site: "fra", vantage: "cp-1" }];
  const [finding] = createHubFindings({ positions: [], superseded, sharedNames: [], doubledNames: [] });
  expect(finding).toMatchObject({ code: "vantage-name-shared", sentence: expect.stringContaining("cp-1 in fra") });
});

test("a hub says where one name stands for two HAProxies: in two sites, or in one with two processes that run at once", () => {
  const other = { ...instance, pid: 20, startedAt: "2026-11-27T11:00:00.000Z" };
  expect(codesOf([position("cp-1"), position("cp-2", {}, [other])])).toEqual(["instance-name-shared"]);
  expect(codesOf([position("cp-1"), position("cp-2")])).toEqual([]);
  const restarted = { ...other, startedAt: "2026-11-27T11:59:55.000Z" };
  expect(codesOf([position("cp-1"), position("cp-2", {}, [restarted])]), "it was restarted just now").toEqual([]);
  expect(codesOf([position("cp-1")], ["lb-1"])).toEqual(["instance-name-shared"]);
});

test("two HAProxies of one name in containers have one pid, and are two by their start", () => {
  const other = { ...instance, startedAt: "2026-11-27T11:00:00.000Z" };
  expect(codesOf([position("host-a"), position("host-b", {}, [other])])).toEqual(["instance-name-shared"]);
  const sameProcess = { ...instance, startedAt: "2026-11-27T10:00:02.000Z" };
  expect(codesOf([position("host-a"), position("host-b", {}, [sameProcess])])).toEqual([]);
});

test("two HAProxies of one name that were started in the same second, as by a boot, are two", () => {
  const positions = [position("host-a"), position("host-b", {}, [{ ...instance, pid: 11 }])];
  expect(codesOf(positions)).toEqual(["instance-name-shared"]);
  expect(codesOf([position("host-a"), position("host-b")]), "one process").toEqual([]);
});
