import { beforeAll, describe, expect, test } from "vitest";
import type { SaidVerdict } from "../../server/recording/recording-lines.ts";
import { type GroundTruth, type RecordedHistory, readHistory } from "../support/recorded-history.ts";

/** States that HAProxy's check of each depth can never see. */
const UNDETECTABLE_STATES: Readonly<Record<string, readonly string[]>> = {
  N: ["closed", "hang", "mute", "s500", "s503"],
  L4: ["hang", "mute", "s500", "s503"],
  L6: ["hang", "s500", "s503"],
  L7: [],
};
/** A lie shorter than this may end before two probes saw it. */
const MISMATCH_MIN_MS = 2_500;
/** States of a restart on purpose. */
const RESTART_STATES = new Set(["drain", "closed", "s403", "start"]);

/** Lies that lasted, neighbouring ones joined. */
function lastingMismatches(history: RecordedHistory): GroundTruth[] {
  const joined: GroundTruth[] = [];
  const last = new Map<string, GroundTruth>();
  for (const span of history.truth) {
    if (!UNDETECTABLE_STATES[history.plan.get(span.key)?.depth ?? ""]?.includes(span.state)) continue;
    const before = last.get(span.key);
    if (before !== undefined && before.to === span.from) before.to = span.to;
    else {
      const lie = { ...span };
      joined.push(lie);
      last.set(span.key, lie);
    }
  }
  return joined.filter((lie) => lie.to - lie.from >= MISMATCH_MIN_MS);
}

function confirmedChanges(said: readonly SaidVerdict[]): SaidVerdict[] {
  return said.filter(({ phase }) => phase === "confirmed");
}

describe("five and a half minutes of a real HAProxy 2.6 with sixty servers", () => {
  let history: RecordedHistory;
  let confirmed: readonly SaidVerdict[];

  beforeAll(async () => {
    history = await readHistory("main26");
    confirmed = confirmedChanges(history.verdicts);
  });

  test("no restart behind a check is confirmed as a mismatch", () => {
    const stateAt = (key: string, at: number): string | undefined =>
      history.truth.findLast((span) => span.key === key && span.from <= at - 20)?.state;
    const wrong = confirmed.filter(
      ({ key, at }) => history.plan.get(key)?.depth !== "N" && RESTART_STATES.has(stateAt(key, at) ?? "ok"),
    );
    expect(wrong).toEqual([]);
  });

  test("no lie is missed", () => {
    const lasting = lastingMismatches(history);
    const missed = lasting.filter(
      (lie) => !confirmed.some(({ key, at }) => key === lie.key && at >= lie.from && at <= lie.to + 3_000),
    );
    expect(lasting.length).toBeGreaterThan(200);
    expect(missed).toEqual([]);
  });

  test("nothing is confirmed behind a check that looks at the application", () => {
    expect(confirmed.filter(({ key }) => history.plan.get(key)?.depth === "L7")).toEqual([]);
  });
});

describe("our own path is cut to all, to half and to one of the servers, and our process stands still", () => {
  let history: RecordedHistory;
  let said: readonly SaidVerdict[];

  beforeAll(async () => {
    history = await readHistory("E26");
    said = history.verdicts;
  });

  test("nothing but servers that really died behind no check stays confirmed for the five seconds before an alert", () => {
    const lasting = said.filter((word, index) => {
      if (word.phase !== "confirmed") return false;
      const next = said.slice(index + 1).find(({ key }) => key === word.key);
      return (next?.at ?? history.endsAt) - word.at >= 5_000;
    });
    const died = new Set(lastingMismatches(history).map(({ key }) => key));
    expect(lasting.map(({ key }) => key).filter((key) => !died.has(key))).toEqual([]);
    expect(lasting.length).toBeGreaterThan(0);
  });

  test("while everything is out of reach, it says that it is blind", () => {
    expect(said.some(({ reason }) => reason === "prober-blind")).toBe(true);
  });
});
