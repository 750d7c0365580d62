import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseCheckStatus } from "../../server/haproxy/check-columns.ts";
import { scanStatCsv } from "../../server/haproxy/stat-csv.ts";
import type { StatRecord } from "../../server/haproxy/stat-record.ts";
import { parseStatusColumn } from "../../server/haproxy/status-column.ts";
import { runToEnd } from "./run-to-end.ts";

test.each([
  ["UP", "up", null, false],
  ["UP 2/3", "up", { n: 2, of: 3 }, false],
  ["UP -1/3", "up", { n: -1, of: 3 }, false],
  ["no check", "no-check", null, false],
  ["DOWN", "down", null, false],
  ["DOWN 1/2", "down", { n: 1, of: 2 }, false],
  ["DOWN 4/2", "down", { n: 4, of: 2 }, false],
  ["DOWN (agent)", "down", null, true],
  ["NOLB", "nolb", null, false],
  ["NOLB 1/3", "nolb", { n: 1, of: 3 }, false],
  ["DRAIN", "drain", null, false],
  ["DRAIN 2/3", "drain", { n: 2, of: 3 }, false],
  ["DRAIN (agent)", "drain", null, true],
  ["MAINT", "maint", null, false],
  ["MAINT (via be/srv)", "maint", null, false],
  ["MAINT(via be/srv)", "maint", null, false],
  ["MAINT (via a b/srv)", "maint", null, false],
  ["MAINT (resolution)", "maint", null, false],
])("%s is parsed as %s", (status, state, counting, byAgent) => {
  expect(parseStatusColumn(status)).toEqual({ state, counting, byAgent, isKnown: true });
});

test.each(["", "UPPER", "SLEEPING", "up", "UP 1", "constructor", "__proto__"])(
  "%j is no status of HAProxy: its state is unknown, and it is reported",
  (status) => {
    expect(parseStatusColumn(status)).toEqual({ state: "unknown", counting: null, byAgent: false, isKnown: false });
  },
);

test.each([
  ["", { status: null, running: false, known: true }],
  ["L7OK", { status: "L7OK", running: false, known: true }],
  ["* L4CON", { status: "L4CON", running: true, known: true }],
  ["L8OK", { status: "UNK", running: false, known: false }],
  ["* constructor", { status: "UNK", running: true, known: false }],
])("check status %j", (field, expected) => {
  expect(parseCheckStatus(field)).toEqual(expected);
});

test("every status of a server in the captures is known", () => {
  const fixtures = join(import.meta.dirname, "../fixtures/haproxy");
  const seen = new Set<string>();
  for (const name of readdirSync(fixtures).filter((file) => file.endsWith(".csv"))) {
    const bytes = Buffer.concat([readFileSync(join(fixtures, name)), Buffer.from("\n")]);
    const onRecord = (record: StatRecord) => {
      if (record.number(0) !== 2) return;
      seen.add(record.text(1));
      expect(parseStatusColumn(record.text(1)).isKnown, record.text(1)).toBe(true);
      expect(parseCheckStatus(record.text(2)).known, record.text(2)).toBe(true);
      expect(parseCheckStatus(record.text(3)).known, record.text(3)).toBe(true);
    };
    runToEnd(scanStatCsv(bytes, 0, ["type", "status", "check_status", "agent_status"], { onRecord }));
  }
  expect(seen.size).toBeGreaterThan(10);
});
