import { describe, expect, test } from "vitest";
import type { Incident } from "../../server/contract/incident.ts";
import { incidentAt } from "../../web/lib/incident-at.ts";
import {
  incidentParagraph,
  incidentPlace,
  incidentTimeline,
  incidentTitle,
  matchesIncident,
} from "../../web/lib/incident-view.ts";
import { sentTraffic } from "../../web/lib/sent-traffic.ts";
import { sampleIncident } from "../support/sample-incident.ts";

const BEGAN = Date.parse("2026-11-22T14:03:12.000Z");
const at = (seconds: number): string => new Date(BEGAN + seconds * 1_000).toISOString();

function incident(part: Partial<Incident> = {}): Incident {
  const sample = sampleIncident(BEGAN);
  const [member] = sample.members;
  return {
    ...sample,
    members: [member, { ...member, key: "lb-2/k8s-api/cp-2", instance: "lb-2" }] as Incident["members"],
    evidence: {
      ...sample.evidence,
      probe: {
        vantage: "here",
        outcome: "failed",
        kind: "answered",
        stage: "answer",
        url: "https://10.0.0.12:6443/readyz",
        httpStatus: 500,
        failing: ["etcd", "etcd-readiness"],
        detail: "",
        body: "[-]etcd failed",
      },
    },
    ...part,
  };
}

describe("an incident in words", () => {
  test("its title says what HAProxy and the probe say, once for a server behind two HAProxies", () => {
    expect(incidentTitle(incident())).toBe("cp-2 is UP in HAProxy but failing /readyz (etcd)");
    expect(incidentPlace(incident())).toBe("k8s-api on lb-1 and lb-2");
    expect(incidentTitle(incident({ state: "ended" }))).toMatch(/^cp-2 was UP in HAProxy/);
    const down = incident({ verdict: "false-down" });
    const { probe } = down.evidence;
    if (probe === null) throw new Error("no probe");
    const passed = { ...down, evidence: { ...down.evidence, probe: { ...probe, httpStatus: 200, failing: [] } } };
    expect(incidentTitle(passed)).toBe("cp-2 is DOWN in HAProxy but answers /readyz with 200");
  });

  test("the text for a chat is one paragraph with when, where, how bad, who has it, and the link", () => {
    const text = incidentParagraph(
      incident({ acknowledgement: { at: at(95), name: "mara", text: "etcd disk full" } }),
      BEGAN + 261_000,
      "https://haprobe/incidents/1",
    );
    expect(text).toMatch(/^cp-2 is UP in HAProxy but failing \/readyz \(etcd\)\. k8s-api on lb-1 and lb-2, /);
    expect(text).toContain("4 min 21 s so far; warning.");
    expect(text).toContain("12 sessions sent to it, 33 % of k8s-api's.");
    expect(text).toContain("HAProxy took it out: never. mara has it: etcd disk full. https://haprobe/incidents/1");
    expect(text).not.toContain("\n");
  });

  test("the timeline is in the order of time: probe, changes, messages and notes", () => {
    const lines = incidentTimeline(
      incident({
        changes: [
          { at: at(0.2), what: "confirmed", who: null, text: "second probe" },
          { at: at(95), what: "acknowledged", who: "mara", text: "on it" },
        ],
        notes: [{ at: at(120), name: "mara", text: "restarted" }],
      }),
      [{ at: at(1), text: "Sent to chat", detail: " (firing)", id: "m-1" }],
    );
    expect(lines.map(({ strong, text }) => strong + text)).toEqual([
      "First failed probe of 10.0.0.12:6443",
      "Confirmed: second probe",
      "Sent to chat (firing)",
      "mara acknowledged: on it",
      "mara noted: restarted",
    ]);
    expect(lines.map(({ glyph }) => glyph)).toEqual(["suspected", "false-up", null, null, null]);
  });
});

test("at a past moment an incident of a list is as it was then: open, without what came later, or not begun", () => {
  const ended = incident({
    state: "ended",
    endedAt: at(300),
    end: "agreed",
    acknowledgement: { at: at(95), name: "mara", text: "" },
    notes: [{ at: at(200), name: "mara", text: "later" }],
  });
  expect(incidentAt(ended, BEGAN - 1_000)).toBeNull();
  expect(incidentAt(ended, BEGAN + 60_000)).toMatchObject({
    state: "open",
    endedAt: null,
    acknowledgement: null,
    notes: [],
  });
  expect(incidentAt(ended, BEGAN + 100_000)).toMatchObject({ state: "open", acknowledgement: { name: "mara" } });
  expect(incidentAt(ended, BEGAN + 400_000)).toMatchObject({ state: "ended", notes: [{ text: "later" }] });
});

test("a filter matches every word in names, subject and sentence, and the state", () => {
  const all = { state: "all", verdict: null, sites: [], text: "" } as const;
  expect(matchesIncident(all, incident())).toBe(true);
  expect(matchesIncident({ ...all, text: "LB-2 cp-2 readyz" }, incident())).toBe(true);
  expect(matchesIncident({ ...all, text: "cp-2 nothing" }, incident())).toBe(false);
  expect(matchesIncident({ ...all, state: "ended" }, incident())).toBe(false);
  expect(matchesIncident({ ...all, verdict: "false-down" }, incident())).toBe(false);
  expect(matchesIncident({ ...all, sites: ["fra"] }, incident())).toBe(false);
  expect(matchesIncident({ ...all, sites: ["fra", incident().site] }, incident())).toBe(true);
});

test("what was sent grows with the rates and ends at what HAProxy counted", () => {
  const rates = { trafficPerSecond: [5, 5, null, 10] };
  const series = { version: 1, key: "k", from: at(0), to: at(40), stepMs: 10_000, series: rates } as never;
  const points = sentTraffic([series], BEGAN, BEGAN + 40_000, 400);
  expect(points.map(({ value }) => value)).toEqual([0, 100, 200, 200, 400, 400]);
  expect(
    sentTraffic([{ ...(series as object), series: { trafficPerSecond: [null] } } as never], BEGAN, BEGAN + 1, 0),
  ).toEqual([]);
});
