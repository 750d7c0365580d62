import { describe, expect, test } from "vitest";
import type { Judgement } from "../../server/judge/judge-server.ts";
import { INITIAL_MEMORY, type ServerMemory } from "../../server/judge/server-memory.ts";
import { type Consequence, consequencesOf, type JudgementCause } from "../../server/monitor/consequences.ts";

function memory(belief: ServerMemory["haproxy"]["belief"]): ServerMemory {
  return { ...INITIAL_MEMORY, haproxy: { ...INITIAL_MEMORY.haproxy, belief } };
}

const UP = memory({ kind: "up" });
const DRAIN = memory({ kind: "off", reason: "drain" });

function list(
  before: ServerMemory | null,
  judgement: Partial<Judgement>,
  cause: JudgementCause = "view",
  { evidenceChanged = false, rowChanged = false } = {},
): readonly Consequence[] {
  const full: Judgement = { next: UP, changed: false, needsPoll: false, needsProbe: false, ...judgement };
  return consequencesOf(before, full, cause, evidenceChanged, rowChanged);
}

describe("what follows from a judgement", () => {
  test("is nothing where nothing changed, and the same empty list each time", () => {
    expect(list(UP, {})).toEqual([]);
    expect(list(UP, {})).toBe(list(UP, {}, "time"));
  });

  test.each<[string, readonly Consequence[], readonly Consequence[]]>([
    ["the first verdict", list(null, {}), ["update-pace", "emit-verdict", "update-incidents", "update-hedging"]],
    [
      "a changed verdict comes before its incident, and its row last",
      list(UP, { changed: true }, "view", { rowChanged: true }),
      ["emit-verdict", "update-incidents", "update-hedging", "emit-row"],
    ],
    [
      "other words of either side under the same verdict",
      list(UP, {}, "view", { evidenceChanged: true }),
      ["emit-evidence", "emit-row"],
    ],
    [
      "a changed verdict, whose event has the new words too",
      list(UP, { changed: true }, "view", { evidenceChanged: true }),
      ["emit-verdict", "update-incidents", "update-hedging", "emit-row"],
    ],
    ["a server taken out of service", list(UP, { next: DRAIN }), ["update-pace"]],
    ["a server back in service", list(DRAIN, {}), ["update-pace", "probe-soon"]],
    ["a verdict that a poll can decide", list(UP, { needsPoll: true }), ["poll-soon"]],
    ["a result that asks for the next one", list(UP, { needsProbe: true }, "result"), ["probe-soon"]],
    ["a view that asks for none, since no probe has just ended", list(UP, { needsProbe: true }, "view"), []],
    ["other rules, which no verdict shows", list(UP, {}, "rules"), ["update-incidents", "emit-row"]],
  ])("for %s", (_case, listed, expected) => {
    expect(listed).toEqual(expected);
  });
});
