import { describe, expect, test } from "vitest";
import type { StoredPosition } from "../../server/contract/store.ts";
import { VantageFleet } from "../../server/hub/vantage-fleet.ts";
import { CP_1, CP_2, FALSE_UP, verdict } from "../store/sample-batches.ts";

function position(vantage: string, lastSeq: number, fields: Partial<StoredPosition> = {}): StoredPosition {
  return {
    site: "fra",
    vantage,
    logId: `log of ${vantage}`,
    firstSeq: lastSeq + 1,
    lastSeq,
    sentAt: 0,
    heardAt: 0,
    heardAgoMs: 0,
    skewMs: 0,
    status: null,
    ...fields,
  };
}

function createFleet() {
  const changes: string[] = [];
  const fleet = new VantageFleet((key, isRemoved) => changes.push(`${isRemoved ? "-" : "+"}${key}`));
  const takeChanges = (): string[] => changes.splice(0);
  return { fleet, takeChanges };
}

const A = { site: "fra", vantage: "a" };
const B = { site: "ams", vantage: "b" };

describe("the fleet of a hub", () => {
  test("is read on from where each vantage stood, and from the start where its log is another one or went back", () => {
    const { fleet } = createFleet();
    expect(fleet.move(position("a", 5))).toBe(-1);
    fleet.apply(A, [verdict(5)], 5);
    expect(fleet.move(position("a", 5))).toBeNull();
    expect(fleet.move(position("a", 7))).toBe(5);
    fleet.apply(A, [], 7);
    expect(fleet.move(position("a", 6)), "a fail-over of the database lost its tail").toBe(-1);
    expect([...fleet.keys()]).toEqual([]);
    fleet.apply(A, [verdict(5)], 6);
    expect(fleet.move(position("a", 6, { logId: "another" }))).toBe(-1);
  });

  test("knows a clock by the request that was under way for the shortest time", () => {
    const { fleet } = createFleet();
    const hear = (...skews: readonly number[]): number | undefined => {
      for (const skewMs of skews) fleet.move(position("a", 1, { skewMs, heardAt: (heardAt += 10_000) }));
      return fleet.positions()[0]?.skewMs;
    };
    let heardAt = 0;
    expect(hear(-20), "a clock that is right").toBe(-20);
    expect(hear(-5_800), "a machine or a database that is slow").toBe(-20);
    fleet.move(position("a", 1, { skewMs: -5_800, heardAt }));
    fleet.move(position("a", 1, { skewMs: -5_800, heardAt }));
    expect(hear(-3_000), "read again without a sign of life in between").toBe(-20);
    expect(hear(-90_000, -90_100, -90_050), "a clock that is set back").toBe(-90_000);
    expect(hear(60_000), "and forward").toBe(60_000);
  });

  test("has what each vantage says of a server, until the last one has it no more", () => {
    const { fleet, takeChanges } = createFleet();
    const second = { site: "fra", vantage: "c" };
    fleet.move(position("a", 1));
    fleet.move(position("c", 1));
    fleet.apply(A, [verdict(1), verdict(1, { server: CP_2 })], 1);
    fleet.apply(second, [verdict(1, { judgement: FALSE_UP })], 1);
    expect(fleet.rows("lb-1/k8s-api/cp-1").map(({ verdict: row }) => [row.by.vantage, row.judgement.verdict])).toEqual([
      ["a", "agree-up"],
      ["c", "false-up"],
    ]);
    takeChanges();
    const removed = { type: "server-removed", seq: 2, at: 2, server: CP_1, address: null } as const;
    fleet.apply(A, [removed], 2);
    expect(takeChanges()).toEqual(["+lb-1/k8s-api/cp-1"]);
    fleet.apply(second, [removed], 2);
    expect(takeChanges()).toEqual(["-lb-1/k8s-api/cp-1"]);
  });

  test("shows instances of one name in two sites with their site, and without it once one is gone", () => {
    const { fleet, takeChanges } = createFleet();
    const ofSite = (site: string) => verdict(1, { server: { ...CP_1, site } });
    fleet.move(position("a", 1));
    fleet.move(position("b", 1, { site: "ams" }));
    fleet.apply(A, [ofSite("fra")], 1);
    fleet.apply(B, [ofSite("ams")], 1);
    expect([...fleet.keys()].toSorted()).toEqual(["lb-1.ams/k8s-api/cp-1", "lb-1.fra/k8s-api/cp-1"]);
    expect(fleet.sharedNames()).toEqual(["lb-1"]);
    takeChanges();
    const removed = { type: "server-removed", seq: 2, at: 2, server: { ...CP_1, site: "ams" }, address: null } as const;
    fleet.apply(B, [removed], 2);
    expect([...fleet.keys()]).toEqual(["lb-1/k8s-api/cp-1"]);
    expect(takeChanges()).toEqual(["-lb-1.ams/k8s-api/cp-1", "-lb-1.fra/k8s-api/cp-1", "+lb-1/k8s-api/cp-1"]);
  });

  test("loses a vantage that the store has forgotten, and reads it from the start where it comes back", () => {
    const { fleet, takeChanges } = createFleet();
    fleet.move(position("a", 1));
    fleet.move(position("b", 1, { site: "ams" }));
    fleet.apply(A, [verdict(1)], 1);
    fleet.apply(B, [verdict(1), verdict(1, { server: CP_2 })], 1);
    takeChanges();
    fleet.keep([position("a", 1)]);
    expect(takeChanges()).toEqual(["+lb-1/k8s-api/cp-1", "-lb-1/k8s-api/cp-2"]);
    expect(fleet.positions().map(({ vantage }) => vantage)).toEqual(["a"]);
    expect(fleet.move(position("b", 1, { site: "ams" }))).toBe(-1);
  });

  test("changes with a vantage that falls silent", () => {
    const { fleet, takeChanges } = createFleet();
    fleet.move(position("a", 1));
    fleet.apply(A, [verdict(1)], 1);
    takeChanges();
    fleet.move(position("a", 1, { heardAgoMs: 29_000 }));
    expect(takeChanges()).toEqual([]);
    fleet.move(position("a", 1, { heardAgoMs: 31_000 }));
    expect(takeChanges()).toEqual(["+lb-1/k8s-api/cp-1"]);
  });
});
