import { describe, expect, test } from "vitest";
import { groupMessage } from "../../server/alert/message/group-message.ts";
import { incidentAlert, type IncidentFacts } from "../../server/alert/message/incident-alert.ts";
import { sectionsOf } from "../../server/alert/message/sections.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { HOSTILE, incidentRecord, member, sampleAlert, serverStatus } from "../support/sample-alerts.ts";

const AT = incidentRecord().suspectedAt;
const ABOUT = {
  id: "i",
  thread: "t",
  fingerprint: "f",
  n: 1,
  kind: "firing",
  at: new Date(AT).toISOString(),
  cause: "new",
} as const;

function facts(server: ServerStatus | null = serverStatus(), backendSize = 3): IncidentFacts {
  return {
    server: () => server,
    backendSize: () => backendSize,
    labels: (instance) => ({ team: "platform", rack: instance }),
    publicUrl: "https://haprobe.example.org",
  };
}

function ended(over: Partial<IncidentRecord> = {}): IncidentRecord {
  return incidentRecord({ state: { kind: "ended", flaps: 0, at: AT + 184_000, end: "agreed" }, ...over });
}

describe("the sentence of a firing incident holds the whole story", () => {
  const everywhere = incidentRecord({
    members: [member("lb-1", "k8s-api", "cp-2"), member("lb-2", "k8s-api", "cp-2"), member("lb-2", "k8s-int", "cp-2")],
  });
  const down = incidentRecord({ verdict: "false-down", members: [member("lb-1", "k8s-api", "cp-2")] });

  test.each<[string, IncidentRecord, Partial<ServerStatus["probe"]>]>([
    [
      "cp-2 is UP in HAProxy and failing /readyz (etcd); 204 sessions so far, 2 of 3 servers left",
      incidentRecord(),
      {},
    ],
    ["10.0.0.12:6443 is UP in 2 HAProxies and failing /readyz (etcd); 2 of 3 servers left", everywhere, {}],
    [
      "cp-2 is UP in HAProxy and answering 503 on /healthz; 204 sessions so far, 2 of 3 servers left",
      incidentRecord(),
      { failing: [], httpStatus: 503, url: "http://10.0.0.12:8080/healthz?token=abc" },
    ],
    [
      "cp-2 is UP in HAProxy and refusing connections; 204 sessions so far, 2 of 3 servers left",
      incidentRecord(),
      { kind: "refused", stage: "connect", failing: [] },
    ],
    [
      "cp-2 is UP in HAProxy and not answering /readyz; 204 sessions so far, 2 of 3 servers left",
      incidentRecord(),
      { kind: "timed-out", stage: "answer", failing: [] },
    ],
    ["cp-2 is DOWN in HAProxy and passing /readyz; 2 of 3 servers left", down, { outcome: "passed", failing: [] }],
  ])("%s", (sentence, record, probe) => {
    expect(incidentAlert(record, facts(serverStatus({ verdict: record.verdict }, probe))).sentence).toBe(sentence);
  });

  test("also where nothing is known of its servers now", () => {
    const unknown = { ...facts(null), backendSize: () => null };
    expect(incidentAlert(incidentRecord(), unknown).sentence).toBe(
      "cp-2 is UP in HAProxy and failing our probe; 204 sessions so far, 2 healthy left",
    );
  });

  test("with the counts of the backend that it is worst for", () => {
    const record = incidentRecord({ members: [member("lb-1", "a", "cp-2", 9), member("lb-1", "b", "cp-2", 1, 0)] });
    expect(incidentAlert(record, facts()).sentence).toMatch(/; 10 sessions so far, 0 of 3 servers left$/);
  });

  test("and never has more than 140 characters", () => {
    const name = "a-very-long-name-of-a-server-".repeat(8);
    const record = incidentRecord({ members: [member("lb-1", "be", name, 12_345)] });
    const failing = ["a-very-long-name-of-a-check-in-kubernetes", "another-very-long-name-of-a-check", "third"];
    const { sentence } = incidentAlert(record, facts(serverStatus({}, { failing })));
    expect(sentence.length).toBeLessThanOrEqual(BOUNDS.alertSentenceChars);
    expect(sentence).toContain("is UP in HAProxy and failing /readyz");
  });
});

describe("the sentence of an ended incident says how long, how many, and whether HAProxy noticed", () => {
  test.each<[string, IncidentRecord]>([
    ["cp-2 is healthy again after 3 min 4 s; 204 sessions went to it; HAProxy never noticed", ended()],
    [
      "cp-2 is DOWN in HAProxy too after 3 min 4 s; 204 sessions went to it; HAProxy noticed after 41 s",
      ended({ detectionLagMs: 41_000 }),
    ],
    [
      "cp-2 was taken out of service after 3 min 4 s; 204 sessions went to it; HAProxy never noticed",
      ended({ state: { kind: "ended", flaps: 0, at: AT + 184_000, end: "out-of-service" } }),
    ],
    ["cp-2 is no longer falsely DOWN after 3 min 4 s", ended({ verdict: "false-down" })],
  ])("%s", (sentence, record) => {
    const alert = incidentAlert(record, facts());
    expect(alert.sentence).toBe(sentence);
    expect(alert.resolved).toEqual({
      at: new Date(AT + 184_000).toISOString(),
      afterMs: 184_000,
      noticedAfterMs: record.detectionLagMs,
    });
  });
});

describe("a message", () => {
  test("has since, servers, why, evidence, mitigation, fix and a link", () => {
    const message = groupMessage([incidentAlert(incidentRecord(), facts())], ABOUT, null);
    expect(message.link).toBe("https://haprobe.example.org/?open=lb-1/k8s-api/cp-2");
    expect(sectionsOf(message).map(({ title, lines }) => [title, lines[0]])).toEqual([
      ["Since", new Date(AT).toISOString()],
      ["Servers", "lb-1/k8s-api/cp-2"],
      ["Why", "HAProxy says UP (L4OK); /readyz answers 500: etcd failed"],
      ["Sessions", "204 sessions since the first failed probe"],
      ["Evidence", "HAProxy's last check: L4OK"],
      ["Mitigate", "HAProxy can't detect this. Mitigate: set server k8s-api/cp-2 state drain."],
      ["Permanent fix", "option httpchk"],
      ["Sent because", "new"],
    ]);
  });

  test("about 300 servers of one backend counts them and names the worst", () => {
    const alerts = Array.from({ length: 300 }, (_, i) => sampleAlert({ id: `i-${i}`, sessions: i }));
    const message = groupMessage(alerts, ABOUT, "https://haprobe.example.org");
    expect(message.sentence).toBe(
      "300 servers of k8s-api are UP in HAProxy and failing their probes; 44,850 sessions so far",
    );
    expect(message.alertCount).toBe(300);
    expect(message.alerts).toHaveLength(BOUNDS.alertsNamed);
    expect(message.alerts[0]?.sessions).toBe(299);
    expect(message.link).toBe("https://haprobe.example.org");
  });

  test("about different problems names the worst one and counts the others", () => {
    const alerts = [sampleAlert(), sampleAlert({ id: "s", name: "split", isIncident: false, urgency: "info" })];
    expect(groupMessage(alerts, ABOUT, null).sentence).toMatch(/^cp-2 is UP in HAProxy .* and 1 further alert; /);
  });

  test("about alerts of which one has ended is as urgent as the others", () => {
    const resolved = { at: ABOUT.at, afterMs: 1_000, noticedAfterMs: null };
    const alerts = [sampleAlert({ id: "a", urgency: "critical", resolved }), sampleAlert({ id: "b" })];
    const message = groupMessage(alerts, ABOUT, null);
    expect([message.urgency, message.isResolved]).toEqual(["warning", false]);
    expect(message.sentence).toContain("1 resolved");
  });

  test("holds text from servers as plain lines only", () => {
    const record = incidentRecord({
      sentence: HOSTILE.text,
      subject: HOSTILE.text,
      members: [member("lb-1", "be", HOSTILE.text)],
    });
    const server = serverStatus({ advice: HOSTILE.text }, { body: HOSTILE.text, failing: [HOSTILE.text] });
    const alert = incidentAlert(record, facts(server));
    const { sentence, why, subject, evidence, mitigate, origin } = alert;
    for (const text of [sentence, why, subject, ...evidence, mitigate, origin.server ?? ""]) {
      expect(text).not.toMatch(HOSTILE.unprintable);
    }
  });
});
