import { expect, test } from "vitest";
import { type Finding, findingId } from "../../server/contract/finding.ts";
import type { StoredPosition } from "../../server/contract/store.ts";
import { HubState } from "../../server/hub/hub-state.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { sampleRecord } from "../support/sample-record.ts";

const OWN = { site: "fra", vantage: "hub-1" };

function finding(instance: string | null): Finding {
  const subject = { instance, backend: null, server: null };
  const since = "2026-11-28T10:01:30.000Z";
  return {
    id: findingId({ code: "split", subject }),
    code: "split",
    subject,
    sentence: "s",
    advice: "",
    since,
    vantages: [],
  };
}

function position(vantage: string, findings: readonly Finding[], fields: Partial<StoredPosition> = {}): StoredPosition {
  return {
    site: "fra",
    vantage,
    logId: vantage,
    firstSeq: 1,
    lastSeq: 0,
    sentAt: 0,
    heardAt: 0,
    heardAgoMs: 0,
    skewMs: 90_000,
    status: { version: "1", instances: [], isBlind: false, findings },
    ...fields,
  };
}

function hubWith(...positions: readonly StoredPosition[]) {
  const local = { findings: () => [finding("lb-1")], instances: () => [] } as never;
  const state = new HubState({ local, localChanges: { subscribe: () => () => {} }, own: OWN, clock: new FakeClock() });
  for (const each of positions) state.fleet.move(each);
  return state;
}

test("a hub has the findings of its vantages, since when by its own clock", () => {
  const [own, other] = hubWith(position("cp-1", [finding("lb-2")])).findings();
  expect(own).toMatchObject({ id: "split/lb-1", vantages: [OWN] });
  expect(other).toMatchObject({
    id: "split/lb-2",
    vantages: [{ site: "fra", vantage: "cp-1" }],
    since: "2026-11-28T10:00:00.000Z",
  });
});

test("a hub whose last other vantage is forgotten shows what the tables have until it starts again", () => {
  const state = hubWith(position("cp-1", [finding("lb-2")]));
  expect(state.isAlone).toBe(false);
  state.fleet.keep([]);
  expect(state.isAlone).toBe(false);
});

test("what a silent vantage found counts no longer, and a haprobe alone has its own", () => {
  const silent = hubWith(position("cp-1", [finding("lb-2")], { heardAgoMs: 31_000 }));
  expect(silent.findings().map(({ id }) => id)).toEqual(["split/lb-1"]);
  expect(hubWith(position("hub-1", [])).findings()).toEqual([finding("lb-1")]);
});

test("of incidents that have ended a hub keeps the newest, and every open one", () => {
  const state = hubWith(position("cp-1", []));
  state.handleRead(true);
  const ended = { kind: "ended", flaps: 0, at: 3_000, end: "agreed" } as const;
  const count = BOUNDS.incidentsKept + 5;
  state.putIncidents([sampleRecord({ id: "open" })]);
  state.putIncidents(Array.from({ length: count }, (_, n) => sampleRecord({ id: `${n}`, state: ended })));
  expect([...state.incidents()]).toHaveLength(BOUNDS.incidentsKept);
  expect(["open", "0", "5", "6", `${count - 1}`].map((id) => state.incident(id)?.id)).toEqual([
    "open",
    undefined,
    undefined,
    "6",
    `${count - 1}`,
  ]);
});
