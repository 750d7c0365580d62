import { expect, test } from "vitest";
import { renderFindings } from "../../server/cli/finding-lines.ts";

const since = "2026-11-22T10:00:00.000Z";

test("findings are printed with their advice below them, control characters escaped", () => {
  const subject = { instance: "lb-1", backend: "web", server: null };
  const text = renderFindings([
    {
      id: "a",
      code: "check-blind",
      subject,
      sentence: "is blind",
      advice: "option httpchk\nhttp-check expect status 200",
      since,
      vantages: [],
    },
    {
      id: "b",
      code: "config-broken",
      subject: { instance: null, backend: null, server: null },
      sentence: "line 3\u001b[2J",
      advice: "fix it",
      since,
      vantages: [],
    },
    {
      id: "c",
      code: "check-blind",
      subject: { instance: "lb\u009b1", backend: "w\u202eb", server: "s\r1" },
      sentence: "is blind",
      advice: "set server a\u001b]0;x\u0007",
      since,
      vantages: [],
    },
  ]);
  expect(text).toBe(`check-blind  lb-1/web: is blind
    option httpchk
    http-check expect status 200
config-broken  haprobe: line 3\\u001b[2J
    fix it
check-blind  lb\\u009b1/w\\u202eb/s\\u000d1: is blind
    set server a\\u001b]0;x\\u0007
`);
  expect(renderFindings([])).toBe("No findings.\n");
});
