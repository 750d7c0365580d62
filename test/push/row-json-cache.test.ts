import { describe, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { createRowJsonCache } from "../../server/push/row-json-cache.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FALSE_UP, FakeFleet, makeServerKeys, makeServerStatus } from "./fake-fleet.ts";

const position = { version: 1, epoch: "e-1", seq: 7 };

describe("the JSON of a message", () => {
  const odd = makeServerStatus("lb-1/a/é", { ...FALSE_UP, sentence: 'says "no" \\ \u2028 \ud83d\ude00' });
  test.each<[string, { servers: readonly ServerStatus[] }]>([
    [
      "a snapshot",
      {
        type: "snapshot",
        ...position,
        servers: [makeServerStatus("lb-1/a/b"), odd],
        instances: [],
        summary: {},
      } as never,
    ],
    ["a delta", { type: "delta", ...position, servers: [odd], removed: ["lb-1/a/c"], instances: [] } as never],
    ["no rows", { ...position, servers: [], next: null } as never],
    ["rows as the last member", { ...position, servers: [odd, odd] }],
    ["rows as the only member", { servers: [odd] }],
    ["a member whose text looks like the rows", { a: '"servers":[', servers: [odd], b: '"servers":[' } as never],
  ])("equals JSON.stringify: %s", (_what, message) => {
    expect(createRowJsonCache(new FakeClock()).renderMessage(message).toString()).toBe(JSON.stringify(message));
  });

  test("renders each row once", () => {
    let asked = 0;
    const counted = Object.assign(makeServerStatus("lb-1/a/b"), {
      toJSON: () => {
        asked += 1;
        return {};
      },
    });
    const bytes = createRowJsonCache(new FakeClock());
    bytes.renderMessage({ servers: [counted] });
    bytes.renderMessage({ servers: [counted, counted] });
    expect(asked).toBe(1);
  });
});

test("rows are prepared in slices that yield to the event loop, and cached rows cost nothing", async () => {
  // On this clock each row costs a millisecond.
  const clock = new FakeClock();
  let now = 0;
  clock.now = () => (now += 1);
  const fleet = new FakeFleet(makeServerKeys(100));
  const bytes = createRowJsonCache(clock);
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    if (turns < 5) setImmediate(turn);
  };
  setImmediate(turn);
  await bytes.prepare([...fleet.servers()]);
  expect(turns).toBe(5);
  const before = now;
  await bytes.prepare([...fleet.servers()]);
  // One look before and after the only step.
  expect(now).toBe(before + 2);
});
