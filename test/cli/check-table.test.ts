import { expect, test } from "vitest";
import type { CheckReport } from "../../server/cli/check.ts";
import { renderCheckTable } from "../../server/cli/check-table.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { FakeFleet, makeInstanceStatus } from "../push/fake-fleet.ts";

const HOSTILE = "x\u001b[2J\u009b31m\u202ey\nz";
const ESCAPED = "x\\u001b[2J\\u009b31m\\u202ey\\u000az";

test("no text from outside drives the terminal or adds a row, whichever column holds it", () => {
  const [plain] = new FakeFleet(["lb-1/web/s"]).servers();
  if (plain === undefined) throw new Error("no server");
  const { haproxy, probe } = plain;
  const hostile = [
    { key: HOSTILE as ServerStatus["key"] },
    { expected: HOSTILE },
    { reason: HOSTILE as NonNullable<ServerStatus["reason"]> },
    { haproxy: { ...haproxy, status: HOSTILE } },
    { haproxy: { ...haproxy, checkStatus: HOSTILE as NonNullable<typeof haproxy.checkStatus> } },
    { probe: { ...probe, httpStatus: 500, failing: [HOSTILE] } },
  ];
  const error = { code: "HAPROBE_STATS_REFUSED", message: HOSTILE, remedy: "", at: "2026-11-22T10:00:00.000Z" };
  const fleet = new FakeFleet(["lb-1/web/s"]);
  const report: CheckReport = {
    version: 1,
    servers: hostile.map((fields) => ({ ...plain, ...fields })),
    instances: [makeInstanceStatus("lb-1", { state: "failing", error, stats: HOSTILE })],
    summary: { ...fleet.summary(), sentence: HOSTILE },
  };
  const lines = renderCheckTable(report, false).split("\n");
  for (const row of [1, 2, 3, 4, 5, 6]) expect(lines[row], `row ${row}`).toContain(ESCAPED);
  expect(lines.join("\n").split(ESCAPED)).toHaveLength(hostile.length + 4);
  expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
});
