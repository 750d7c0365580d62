import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderIncident, renderReport } from "../../server/report/incident-report.ts";
import { renderIncidentTable } from "../../server/cli/incident-table.ts";
import { codeBlock, codeSpan } from "../../server/report/markdown.ts";
import { formatPreciseSpan } from "../../server/report/time-text.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { sampleIncident } from "../support/sample-incident.ts";

const BEGAN = Date.parse("2026-11-27T03:12:04.000Z");
const at = (seconds: number): string => new Date(BEGAN + seconds * 1_000).toISOString();

const INCIDENT = sampleIncident(BEGAN, {
  state: "ended",
  endedAt: at(192),
  end: "agreed",
  urgency: "critical",
  detectionLagMs: 180_000,
  sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
  evidence: {
    key: "lb-1/k8s-api/cp-2",
    row: [
      { name: "pxname", value: "k8s-api" },
      { name: "status", value: "UP" },
      { name: "check_status", value: "L4OK" },
      { name: "last_chk", value: "" },
    ],
    probe: {
      vantage: "here",
      outcome: "failed",
      kind: "answered",
      stage: "answer",
      url: "https://10.0.0.12:6443/readyz",
      httpStatus: 500,
      failing: ["etcd"],
      detail: "",
      body: "[-]etcd failed: reason withheld\n",
    },
    curl: "curl -sSig -k 'https://10.0.0.12:6443/readyz'",
    socat: null,
  },
  acknowledgement: { at: at(60), name: "Ada", text: "on it" },
  notes: [{ at: at(90), name: "Bob", text: "a full disk\nof cp-2" }],
  changes: [
    { at: at(0), what: "confirmed", who: null, text: "HAProxy says UP" },
    { at: at(60), what: "acknowledged", who: "Ada", text: "on it" },
    { at: at(192), what: "ended", who: null, text: "agreed" },
  ],
});

describe("a report", () => {
  test("says of an incident what, when, how long, how many sessions, and what HAProxy said", () => {
    const text = renderIncident(INCIDENT, BEGAN + 1_000_000);
    for (const line of [
      "## 2026-11-27 03:12:04Z false-up `10.0.0.12:6443`",
      "- What: `HAProxy says UP (L4OK); /readyz answers 500: etcd failed`",
      "- When: suspected 2026-11-27 03:12:04Z, confirmed 2026-11-27 03:12:04Z, ended 2026-11-27 03:15:16Z (agreed)",
      "- How long: 3 min 12 s",
      "- Urgency: critical",
      "- Misrouted: 12 sessions, 2 held open",
      "- HAProxy said: status `UP`, check_status `L4OK`, last_chk –",
      "- HAProxy took it out: 3 min after the first failed probe",
      "- Acknowledged: `Ada` at 2026-11-27 03:13:04Z: `on it`",
      "| `lb-1/k8s-api` | 12 sessions | 33 % | 2 | 2 | 0, 0, 0 |",
      "[-]etcd failed: reason withheld",
      "curl -sSig -k 'https://10.0.0.12:6443/readyz'",
      "| 2026-11-27 03:15:16Z | ended | haprobe | `agreed` |",
      "Note of `Bob` at 2026-11-27 03:13:34Z:\n\n```\na full disk\nof cp-2\n```",
    ]) {
      expect(text).toContain(line);
    }
  });

  test("begins with all incidents, and says where some may be missing", () => {
    const open = sampleIncident(BEGAN, { flaps: 2 });
    const text = renderReport([open, INCIDENT], { from: BEGAN, to: BEGAN + 3_600_000 }, false);
    expect(text).toContain("# Incidents from 2026-11-27 03:12:04Z to 2026-11-27 04:12:04Z\n");
    expect(text).toContain("2 incidents, 1 not ended, 24 sessions misrouted.");
    expect(text).toContain("| 2026-11-27 03:12:04Z | open | warning | 1 h | 12 sessions | `10.0.0.12:6443` |");
    expect(text).toContain("- How long: 1 h, with 2 relapses");
    expect(text).toContain("- HAProxy took it out: never");
    expect(text).toContain("Older incidents may be missing");
    expect(renderReport([], { from: BEGAN, to: BEGAN }, true)).toContain("\nNone.\n");
  });
});

/** The Markdown outside code spans and blocks, as CommonMark finds them. */
function outsideCode(markdown: string): string {
  const withoutBlocks = markdown.replaceAll(/^(`{3,})\w*\n[^]*?\n\1$/gm, "");
  return withoutBlocks.replaceAll(/(?<!`)(`+)(?!`)([^]*?[^`])\1(?!`)/g, "");
}

const HOSTILE = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "`",
    "``",
    "a`b``c",
    "```",
    "\n```\n",
    "|",
    "\\|",
    "\n# x\n",
    "<script>x</script>",
    "[x](http://x)",
    "\u001b[2J",
    "\u202e",
  ),
);
const hostileText = fc.array(HOSTILE, { minLength: 1, maxLength: 6 }).map((parts) => `@@${parts.join("")}@@`);

function hostileIncident(text: string): Incident {
  return {
    ...INCIDENT,
    id: text,
    subject: text,
    sentence: text,
    backends: INCIDENT.backends.map((backend) => ({ ...backend, instance: text, backend: text })),
    evidence: {
      ...INCIDENT.evidence,
      row: [{ name: "status", value: text }],
      probe: INCIDENT.evidence.probe === null ? null : { ...INCIDENT.evidence.probe, body: text },
      curl: text,
    },
    acknowledgement: { at: INCIDENT.confirmedAt, name: text, text },
    expected: { at: INCIDENT.confirmedAt, name: text, text },
    notes: [{ at: INCIDENT.confirmedAt, name: text, text }],
    changes: [{ at: INCIDENT.confirmedAt, what: "reason", who: text, text }],
  };
}

describe("text from HAProxy, servers and people", () => {
  test("stands in code spans and blocks only, and no control character leaves", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const report = renderReport([hostileIncident(text)], { from: BEGAN, to: BEGAN }, true);
        expect(outsideCode(report)).not.toContain("@@");
        expect(report.replaceAll("\n", "").replaceAll("\t", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
      }),
    );
  });

  test("cannot add a cell or a row to a table", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const [row, ...others] = codeSpan(text).split("\n");
        expect(others).toEqual([]);
        expect(row?.replaceAll("\\|", "")).not.toContain("|");
      }),
    );
  });

  test("keeps its value in a block", () => {
    expect(codeBlock("a\n```\nb")).toBe("````\na\n```\nb\n````");
  });

  test("cannot break a line of the terminal's table", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = renderIncidentTable([hostileIncident(text)], BEGAN).split("\n");
        expect(lines).toHaveLength(3);
        expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
      }),
    );
  });
});

test.each([
  [0, "0 s"],
  [4_249, "4.2 s"],
  [59_000, "59 s"],
  [60_000, "1 min"],
  [59_900, "59 s"],
  [192_000, "3 min 12 s"],
  [3_780_000, "1 h 3 min"],
  [190_800_000, "2 d 5 h"],
])("%i ms are %s", (ms, text) => expect(formatPreciseSpan(ms)).toBe(text));
