import { describe, expect, test } from "vitest";
import { parseStored } from "../../server/store/stored-json.ts";
import { trafficOf } from "../support/sample-incident.ts";
import { sampleRecord } from "../support/sample-record.ts";
import { AGREE_UP } from "./sample-batches.ts";

const { members: _members, changes: _changes, ...incident } = sampleRecord();
const change = { at: 1_000, what: "confirmed", who: null, text: "" };
const member = { since: 1_000, standing: "failing", traffic: trafficOf() };
const entry = { at: 1_000, name: null, via: "none", client: "::1", action: "POST /x", status: 403, detail: "" };

describe("a row of the store", () => {
  test("is read as it was written", () => {
    for (const [shape, row] of [
      ["judgement", AGREE_UP],
      ["incident", incident],
      ["change", change],
      ["member", member],
      ["audit", entry],
    ] as const) {
      expect(parseStored(JSON.stringify(row), shape)).toEqual(row);
    }
  });

  test.each([
    ["judgement", "null"],
    ["judgement", "[]"],
    ["judgement", '"agree-up"'],
    ["judgement", JSON.stringify({ ...AGREE_UP, sentence: { $gt: "" } })],
    ["incident", JSON.stringify({ ...incident, state: { kind: "gone", flaps: 0 } })],
    ["incident", JSON.stringify({ ...incident, state: { kind: "ended", flaps: 0 } })],
    ["incident", JSON.stringify({ ...incident, confirmedAt: 1e300 })],
    ["incident", JSON.stringify({ ...incident, notes: [null] })],
    ["incident", JSON.stringify({ ...incident, notes: "x".repeat(1_000_000) })],
    ["change", "{}"],
    ["change", JSON.stringify({ ...change, at: "yesterday" })],
    ["member", "{}"],
    ["member", JSON.stringify({ ...member, traffic: { ...trafficOf(), counts: {} } })],
    ["audit", JSON.stringify({ ...entry, at: null })],
    ["silence", "{}"],
    ["status of a vantage", "7"],
    ["status of a vantage", "{"],
  ] as const)("that no haprobe wrote is refused: %s %s", (shape, text) => {
    expect(() => parseStored(text, shape)).toThrow(/./);
  });
});
