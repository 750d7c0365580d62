import { expect, test } from "vitest";
import { sampleIncident } from "../support/sample-incident.ts";
import { countByDepth, probePace } from "../../web/lib/check-depths.ts";
import { sumLastDays } from "../../web/lib/last-days.ts";
import { sampleServer, sampleServers } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 27, 14);
const HOUR = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();

test("the last days have what was open within them: time falsely up, sessions, and what HAProxy noticed", () => {
  const ended = (from: number, to: number) => ({
    suspectedAt: iso(NOW - from),
    endedAt: iso(NOW - to),
    state: "ended" as const,
  });
  const incidents = [
    sampleIncident(NOW, { ...ended(3 * HOUR, 2 * HOUR), sessions: 100, detectionLagMs: 41_000 }),
    sampleIncident(NOW, { ...ended(30 * HOUR, 23 * HOUR), sessions: 7 }),
    sampleIncident(NOW, { ...ended(5 * HOUR, 4 * HOUR), verdict: "false-down", sessions: 0 }),
    sampleIncident(NOW, { ...ended(2 * HOUR, HOUR), expected: { at: iso(NOW), name: "mara", text: "a drill" } }),
    sampleIncident(NOW, { ...ended(50 * HOUR, 40 * HOUR), sessions: 9_000 }),
  ];
  expect(sumLastDays(incidents, NOW, 24 * HOUR)).toEqual({
    incidents: 3,
    falselyUpMs: 2 * HOUR,
    sessions: 107,
    noticed: 1,
    falseUps: 2,
    worstLagMs: 41_000,
  });
});

test("servers are counted by how far HAProxy's check looks, targets once", () => {
  const servers = sampleServers(NOW);
  const counts = countByDepth(servers);
  expect(counts.connection).toBeGreaterThan(0);
  expect(Object.values(counts).reduce((a, b) => a + b)).toBeLessThanOrEqual(servers.length);
  const twice = [sampleServer(NOW), sampleServer(NOW, { instance: "lb-2" })];
  expect(probePace(twice)).toEqual({ targets: 1, medianMs: 4.5 });
  expect(probePace([])).toEqual({ targets: 0, medianMs: null });
});
