import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { summarize, summarizeInSteps, type SummaryServer } from "../../server/judge/summary.ts";

test("very many servers are counted in steps, and few in one", () => {
  const servers: readonly SummaryServer[] = Array.from({ length: 2 * BOUNDS.summaryStepServers + 1 }, (_, n) => ({
    server: `s${n}`,
    verdict: "false-up",
    phase: "confirmed",
    expected: null,
    quality: null,
    url: null,
    failing: [],
  }));
  expect([...summarizeInSteps(servers, 1, 0)]).toHaveLength(2);
  expect([...summarizeInSteps(servers.slice(0, BOUNDS.summaryStepServers), 1, 0)]).toEqual([]);
  expect(summarize(servers, 1, 0).confirmed).toBe(servers.length);
});
