import { describe, expect, test } from "vitest";
import { decideMessage, type GroupState } from "../../server/alert/pipeline/decide-message.ts";
import { groupOf } from "../../server/alert/pipeline/group-key.ts";
import { inhibitAlert } from "../../server/alert/pipeline/inhibit-alert.ts";
import { matchAlert } from "../../server/alert/pipeline/match-alert.ts";
import { toSentAlert } from "../../server/alert/pipeline/group-message-state.ts";
import type { OpenAlert, StageResult } from "../../server/alert/pipeline/open-alert.ts";
import { openIncident } from "../../server/alert/pipeline/open-incident.ts";
import { possibleRoutes, routeAlert } from "../../server/alert/pipeline/route-alert.ts";
import { silenceAlert } from "../../server/alert/pipeline/silence-alert.ts";
import { deriveTone } from "../../server/judge/tone.ts";
import type { AlertMatch, Silence } from "../../server/contract/alert-settings.ts";
import type { Alert } from "../../server/contract/notification.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { POLICY } from "../support/judge-harness.ts";
import { incidentRecord, member, openAlert, route, sampleAlert, serverStatus } from "../support/sample-alerts.ts";

const AT = Date.UTC(2026, 10, 22, 10, 0, 0);

describe("an alert matches", () => {
  const open = openAlert();
  const split = openAlert({}, { name: "split", isIncident: false, urgency: "info", reason: null });

  test.each<[AlertMatch, OpenAlert, string]>([
    [{}, open, "passed"],
    [{ verdict: ["false-up"] }, open, "passed"],
    [{ verdict: ["false-down"] }, open, "verdict is false-up"],
    [{ verdict: ["*"] }, split, "verdict is none"],
    [{ notice: ["split"] }, split, "passed"],
    [{ urgency: ["critical"] }, open, "urgency is warning"],
    [{ reason: ["probe-*"] }, open, "passed"],
    [{ backend: ["k8s-*"], instance: ["lb-1"] }, open, "passed"],
    [{ server: ["!cp-*"] }, open, "none of its servers matches"],
    [{ site: ["fra"], subject: ["10.0.0.*"] }, open, "passed"],
    [{ labels: { team: ["platform"] } }, open, "passed"],
    [{ labels: { team: ["web"] } }, open, "label team is platform"],
    [{ labels: { rack: ["*"] } }, open, "label rack is none"],
  ])("%j: %#", (match, alert, expected) => {
    const result = matchAlert(match, alert);
    expect(result.kind === "passed" ? "passed" : result.why).toBe(expected);
  });

  test("by one of its servers, in all of instance, backend and server", () => {
    const places = [
      { instance: "lb-1", backend: "a", server: "s" },
      { instance: "lb-2", backend: "b", server: "s" },
    ];
    expect(matchAlert({ instance: ["lb-2"], backend: ["b"] }, openAlert({ places })).kind).toBe("passed");
    expect(matchAlert({ instance: ["lb-1"], backend: ["b"] }, openAlert({ places })).kind).toBe("held");
  });
});

describe("routes", () => {
  const critical = route({ name: "page", match: { urgency: ["critical"] } });
  const mail = route({ name: "mail", match: { backend: ["k8s-*"] }, continue: true });
  const rest = route({ name: "rest" });

  test("the first that matches counts, and the next one after a continue", () => {
    const results = routeAlert(openAlert(), [critical, mail, rest], AT);
    expect(results.map(({ route: { name }, taken, why }) => [name, taken, why])).toEqual([
      ["page", false, "urgency is warning"],
      ["mail", true, "matches"],
      ["rest", true, "matches"],
    ]);
    expect(routeAlert(openAlert(), [rest, mail], AT)[1]?.why).toBe("an earlier route matched");
  });

  test("one with hours matches in the minutes of its expression, in its time zone", () => {
    const hours = { cron: "* 8-17 * * 1-5", timeZone: "Europe/Berlin" };
    const office = route({ hours });
    const at = (text: string): boolean => routeAlert(openAlert(), [office], Date.parse(text))[0]?.taken ?? false;
    expect(at("2026-11-23T07:30:30Z")).toBe(true);
    expect(at("2026-11-23T06:59:59Z")).toBe(false);
    expect(at("2026-11-22T10:00:00Z")).toBe(false);
    // Summer time until 25 October: eight o'clock is an hour earlier in UTC.
    expect([at("2026-10-23T06:00:00Z"), at("2026-10-26T06:00:00Z"), at("2026-10-26T07:00:00Z")]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test("an alert may later take a route that only its urgency keeps it from", () => {
    expect(possibleRoutes(openAlert(), [critical, rest]).map(({ name }) => name)).toEqual(["page", "rest"]);
    expect(possibleRoutes(openAlert(), [rest, critical]).map(({ name }) => name)).toEqual(["rest"]);
  });
});

describe("a silence", () => {
  const silence: Silence = {
    id: "s",
    match: { backend: ["k8s-api"] },
    from: AT,
    until: AT + 60_000,
    reason: "upgrade",
    author: "ana",
    endedAt: null,
  };
  const at = (now: number, silences: readonly Silence[] = [silence]): string => {
    const result = silenceAlert(openAlert(), silences, [], now);
    return result.kind === "passed" ? "passed" : result.why;
  };

  test("holds what matches from its begin until its end", () => {
    expect(at(AT - 1)).toBe("passed");
    expect(at(AT)).toBe("silenced by ana until 2026-11-22T10:01:00.000Z: upgrade");
    expect(at(AT + 60_000)).toBe("passed");
    expect(at(AT + 30_000, [{ ...silence, endedAt: AT + 30_000 }])).toBe("passed");
    expect(at(AT, [{ ...silence, match: { backend: ["web"] } }])).toBe("passed");
  });

  test("can be a window that begins again and again, in a time zone", () => {
    // Each Sunday at 02:00 in Berlin, for two hours.
    const starts = { cron: "0 2 * * 0", timeZone: "Europe/Berlin" };
    const window = { name: "sunday", match: {}, starts, forMs: 7_200_000 };
    const held = (text: string): boolean => silenceAlert(openAlert(), [], [window], Date.parse(text)).kind === "held";
    expect(held("2026-11-22T00:59:59Z")).toBe(false);
    expect(held("2026-11-22T01:00:00Z")).toBe(true);
    expect(held("2026-11-22T02:59:59Z")).toBe(true);
    expect(held("2026-11-22T03:00:00Z")).toBe(false);
  });

  test("as a window keeps its length and begins once where the clock changes", () => {
    const starts = { cron: "30 2 * * 0", timeZone: "Europe/Berlin" };
    const window = { name: "sunday", match: {}, starts, forMs: 3_600_000 };
    const held = (text: string): boolean => silenceAlert(openAlert(), [], [window], Date.parse(text)).kind === "held";
    const heldIn = (day: string, times: readonly string[]): boolean[] => times.map((time) => held(`${day}T${time}Z`));
    // 02:00 becomes 03:00, so 02:30 does not exist: it begins with the new hour.
    expect(heldIn("2027-03-28", ["00:59:59", "01:00:00", "01:59:59", "02:00:00"])).toEqual([false, true, true, false]);
    // 03:00 becomes 02:00, so 02:30 comes twice.
    expect(heldIn("2026-10-25", ["00:29:59", "00:30:00", "01:29:59", "01:30:00"])).toEqual([false, true, true, false]);
  });

  test("is also what a person expects", () => {
    expect(silenceAlert(openAlert({ heldWhy: "expected: vendor" }), [], [], AT)).toEqual({
      kind: "held",
      why: "expected: vendor",
    });
  });
});

describe("a false-down where HAProxy's check asks for something else", () => {
  const asksOther = { verdict: "false-down", phase: "confirmed", reason: "check-asks-something-else" } as const;
  const resultWith = (sameQuestion: boolean | null): StageResult => {
    const tone = deriveTone(
      "false-down",
      "confirmed",
      asksOther.reason,
      { ...POLICY, sameQuestion: sameQuestion === true },
      false,
    );
    const server = (): ServerStatus | null => (sameQuestion === null ? null : serverStatus({ ...asksOther, tone }));
    const facts = { server, backendSize: () => null, labels: () => ({}), publicUrl: null };
    return silenceAlert(openIncident(incidentRecord(asksOther), facts), [], [], AT);
  };

  test("never alerts, also after a restart while its server is not known yet", () => {
    expect(resultWith(false)).toEqual({
      kind: "held",
      why: "HAProxy's check asks for something else; with same-question: true it alerts",
    });
    expect(resultWith(null)).toMatchObject({ kind: "held" });
  });

  test("alerts with same-question", () => {
    expect(resultWith(true)).toEqual({ kind: "passed" });
  });
});

describe("an alert is inhibited", () => {
  const unreachable = openAlert(
    { places: [] },
    { name: "instance-unreachable", isIncident: false, origin: { instance: "lb-1", backend: null, server: null } },
  );
  const blind = openAlert({ places: [] }, { name: "prober-blind", isIncident: false });

  test("by the notice that all of its HAProxies are unreachable", () => {
    expect(inhibitAlert(openAlert(), [unreachable])).toEqual({ kind: "held", why: "lb-1 cannot be reached" });
    const both = ["lb-1", "lb-2"].map((instance) => ({ instance, backend: "be", server: "s" }));
    expect(inhibitAlert(openAlert({ places: both }), [unreachable]).kind).toBe("passed");
    expect(inhibitAlert(unreachable, [unreachable]).kind).toBe("passed");
  });

  test("by blindness, where nothing is known of its servers now", () => {
    expect(inhibitAlert(openAlert({ isUndecided: true }), [blind])).toEqual({ kind: "held", why: "haprobe is blind" });
    expect(inhibitAlert(openAlert(), [blind]).kind).toBe("passed");
  });
});

describe("a group", () => {
  test("is what alerts have in common by group-by; notices of one name are their own", () => {
    const byBackend = groupOf(route(), sampleAlert());
    expect(groupOf(route(), sampleAlert({ id: "b", subject: "10.0.0.13:6443" }))).toBe(byBackend);
    expect(groupOf(route({ groupBy: ["target"] }), sampleAlert({ subject: "x" }))).not.toBe(
      groupOf(route({ groupBy: ["target"] }), sampleAlert()),
    );
    expect(groupOf(route(), sampleAlert({ name: "split", isIncident: false }))).not.toBe(byBackend);
    expect(groupOf(route({ groupBy: [] }), sampleAlert({ site: "a" }))).toBe(
      groupOf(route({ groupBy: [] }), sampleAlert({ site: "b" })),
    );
  });
});

describe("what is sent of a group", () => {
  function state(over: Partial<GroupState>): GroupState {
    return { route: route(), firing: [], heldIds: new Set(), ended: [], last: null, now: AT, ...over };
  }
  const sent = (at: number, ...alerts: Alert[]): GroupState["last"] => ({ at, sent: alerts.map(toSentAlert) });

  test("is nothing before wait and group-wait are over, then one message about all", () => {
    const firing = [openAlert(), openAlert({ confirmedAt: AT + 1_500 }, { id: "b" })];
    expect(decideMessage(state({ firing, now: AT + 5_000 }))).toMatchObject({ kind: "nothing", againInMs: 2_000 });
    expect(decideMessage(state({ firing, now: AT + 7_000 }))).toMatchObject({
      kind: "send",
      as: "firing",
      alerts: [{ id: sampleAlert().id }, { id: "b" }],
    });
  });

  test("is nothing where all healed within wait", () => {
    const firing = [openAlert({ isHealing: true })];
    expect(decideMessage(state({ firing, now: AT + 7_000 }))).toEqual({
      kind: "nothing",
      why: "healed within wait",
      againInMs: null,
    });
  });

  test("counts wait anew from a relapse", () => {
    const relapsed = incidentRecord({
      changes: [
        { n: 1, at: AT, what: "confirmed", who: null, text: "" },
        { n: 2, at: AT + 4_000, what: "relapsed", who: null, text: "" },
      ],
    });
    const facts = { server: () => null, backendSize: () => null, labels: () => ({}), publicUrl: null };
    expect(openIncident(relapsed, facts).confirmedAt).toBe(AT + 4_000);
  });

  test("is an update about what joined or ended, once per group-interval", () => {
    const last = sent(AT, sampleAlert(), sampleAlert({ id: "b" }));
    const firing = [openAlert(), openAlert({}, { id: "c" })];
    const ended = [sampleAlert({ id: "b", resolved: { at: "", afterMs: 1, noticedAfterMs: null } })];
    expect(decideMessage(state({ last, firing, ended, now: AT + 30_000 }))).toEqual({
      kind: "nothing",
      why: "1 joined, 1 ended; waits for group-interval",
      againInMs: 30_000,
    });
    expect(decideMessage(state({ last, firing, ended, now: AT + 60_000 }))).toMatchObject({
      kind: "send",
      as: "updated",
      cause: "1 joined, 1 ended",
      alerts: [{ id: sampleAlert().id }, { id: "c" }, { id: "b" }],
    });
  });

  test("is an update at once where it became more urgent", () => {
    const firing = [openAlert({}, { urgency: "critical" })];
    const decision = decideMessage(state({ last: sent(AT, sampleAlert()), firing, now: AT + 1_000 }));
    expect(decision).toMatchObject({ kind: "send", as: "updated", cause: "now critical" });
  });

  test("is one resolved message once all ended, at once", () => {
    const ended = [sampleAlert({ resolved: { at: "", afterMs: 1, noticedAfterMs: null } })];
    const decision = decideMessage(state({ last: sent(AT, sampleAlert()), ended, now: AT + 1_000 }));
    expect(decision).toMatchObject({ kind: "send", as: "resolved", alerts: ended, againInMs: null });
    const silent = state({ last: sent(AT, sampleAlert()), ended, route: route({ sendResolved: false }) });
    expect(decideMessage(silent)).toMatchObject({ kind: "nothing", why: "all ended; send-resolved is off" });
  });

  test("is nothing while what was sent is held", () => {
    const last = sent(AT, sampleAlert());
    const decision = decideMessage(state({ last, heldIds: new Set([sampleAlert().id]), now: AT + 9 * 3_600_000 }));
    expect(decision).toMatchObject({ kind: "nothing", why: "all that is firing is held or healing" });
  });

  test("is repeated after repeat, unless it was acknowledged", () => {
    const now = AT + 4 * 3_600_000;
    const last = sent(AT, sampleAlert());
    expect(decideMessage(state({ last, firing: [openAlert()], now: now - 1 }))).toMatchObject({ kind: "nothing" });
    expect(decideMessage(state({ last, firing: [openAlert()], now }))).toMatchObject({
      kind: "send",
      as: "updated",
      cause: "still firing after 4 h",
    });
    const acknowledged = [openAlert({}, { acknowledgedBy: "ana" })];
    expect(decideMessage(state({ last, firing: acknowledged, now }))).toMatchObject({ why: "acknowledged by ana" });
    const never = route({ repeatMs: null });
    expect(decideMessage(state({ last, firing: [openAlert()], route: never, now }))).toMatchObject({ kind: "nothing" });
  });

  test("is a new firing after its resolved message", () => {
    const resolved = sampleAlert({ resolved: { at: "", afterMs: 1, noticedAfterMs: null } });
    const firing = [openAlert({ confirmedAt: AT + 60_000 })];
    const decision = decideMessage(state({ last: sent(AT, resolved), firing, now: AT + 67_000 }));
    expect(decision).toMatchObject({ kind: "send", as: "firing" });
  });
});

test("an incident keeps its origin when the server that it opened with leaves", () => {
  const record = incidentRecord({ members: [member("lb-2", "web", "cp-2")] });
  const facts = { server: () => null, backendSize: () => null, labels: () => ({}), publicUrl: null };
  expect(openIncident(record, facts).alert.origin).toEqual({ instance: "lb-1", backend: "k8s-api", server: "cp-2" });
});
