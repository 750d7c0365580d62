import { describe, expect, test } from "vitest";
import type { TrafficCounts } from "../../server/contract/incident.ts";
import {
  countMisrouted,
  isSameProcess,
  startMisrouted,
  type TrafficSample,
} from "../../server/judge/misrouted-traffic.ts";
import { countsOf } from "../support/sample-incident.ts";

const ONE = { pid: 7, startTimeSeconds: 1_000 };
const OTHER = { pid: 8, startTimeSeconds: 2_000 };

function sample(
  sessions: number,
  part: Partial<TrafficSample> = {},
  counts: Partial<TrafficCounts> = {},
): TrafficSample {
  return {
    epoch: "7-1000-1",
    haproxyProcess: ONE,
    totals: countsOf({ sessions, backendSessions: 3 * sessions, ...counts }),
    ...part,
  };
}

/** Sessions counted after each of these polls. */
function sessionsAfter(...polls: readonly TrafficSample[]): number[] {
  const [first, ...rest] = polls;
  let misrouted = startMisrouted(first!, null);
  return rest.map((poll) => (misrouted = countMisrouted(misrouted, poll)).counts.sessions);
}

describe("traffic since the first failed probe", () => {
  test("is what came after the poll before it", () => {
    expect(sessionsAfter(sample(100), sample(103), sample(103), sample(110))).toEqual([3, 3, 10]);
  });

  test("goes on through `clear counters all`, a reload and a restart of HAProxy", () => {
    expect(
      sessionsAfter(
        sample(100),
        sample(105),
        sample(2, { epoch: "7-1000-2" }),
        sample(4, { epoch: "7-1000-2" }),
        sample(1, { epoch: "8-2000-1", haproxyProcess: OTHER }),
        // Counters that grew past the old ones before the first poll of the new process.
        sample(50, { epoch: "9-3000-1", haproxyProcess: { pid: 9, startTimeSeconds: 3_000 } }),
      ),
    ).toEqual([5, 7, 9, 10, 60]);
  });

  test("has the backend's sessions and the server's own errors beside it", () => {
    const start = startMisrouted(sample(10, {}, { connectErrors: 5, responseErrors: 1 }), null);
    const { counts } = countMisrouted(start, sample(12, {}, { connectErrors: 6, responseErrors: 1, responses5xx: 2 }));
    expect(counts).toEqual(
      countsOf({ sessions: 2, backendSessions: 6, connectErrors: 1, responseErrors: 0, responses5xx: 2 }),
    );
  });

  test("allocates nothing for a poll in which nothing came", () => {
    const start = startMisrouted(sample(10), null);
    expect(countMisrouted(start, sample(10))).toBe(start);
  });
});

describe("traffic that an incident has counted before", () => {
  const counts = countsOf({ sessions: 40, backendSessions: 120 });

  test("goes on from its baseline in a later process of haprobe, where HAProxy's process is the same", () => {
    const earlier = {
      counts,
      baseline: { haproxyProcess: ONE, totals: countsOf({ sessions: 100, backendSessions: 300 }) },
    };
    expect(startMisrouted(sample(107), earlier).counts).toMatchObject({ sessions: 47, backendSessions: 141 });
  });

  test.each([
    ["is another one", { haproxyProcess: OTHER }],
    ["is not shown", { haproxyProcess: null }],
  ])("goes on from now where HAProxy's process %s", (_why, part) => {
    const earlier = { counts, baseline: { haproxyProcess: ONE, totals: countsOf({ sessions: 100 }) } };
    expect(startMisrouted(sample(107, part), earlier).counts).toEqual(counts);
  });

  test("goes on from now after a time in which nothing was counted", () => {
    expect(startMisrouted(sample(107), { counts, baseline: null }).counts).toEqual(counts);
  });
});

test("a start time that was computed may be off by a second", () => {
  expect(isSameProcess(ONE, { pid: 7, startTimeSeconds: 1_001 })).toBe(true);
  expect(isSameProcess(ONE, { pid: 7, startTimeSeconds: 1_009 })).toBe(false);
});
