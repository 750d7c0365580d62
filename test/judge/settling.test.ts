import { describe, expect, test } from "vitest";
import { UNKNOWN_PACE } from "../../server/judge/check-pace.ts";
import { type JudgeContext, NO_CONTEXT } from "../../server/judge/judge-context.ts";
import { haproxyView, type ProbeCase, JudgeHarness } from "../support/judge-harness.ts";

/** Repeats one view and one result each second from `from` to `to` seconds; returns the last verdict. */
function repeat(
  harness: JudgeHarness,
  from: number,
  to: number,
  status: string,
  check: string,
  answer: ProbeCase,
): string {
  let says = harness.verdictText;
  for (let s = from; s <= to; s += 1) {
    harness.view(s, status, check);
    says = harness.probe(s + 0.5, answer);
  }
  return says;
}

describe("a failure that HAProxy's check can notice", () => {
  test("is given thirty seconds at full health; an answer is then a check that asks something else", () => {
    const harness = new JudgeHarness();
    expect(repeat(harness, 0, 29, "UP", "L7OK/200", "etcd")).toBe("false-up settling probe-answered-unhealthy");
    expect(repeat(harness, 30, 31, "UP", "L7OK/200", "etcd")).toBe("false-up confirmed check-asks-something-else");
  });

  test("is given sixty while HAProxy counts down, from its last step", () => {
    const harness = new JudgeHarness();
    repeat(harness, 0, 9, "UP", "L7OK/200", "etcd");
    expect(repeat(harness, 10, 69, "UP 2/3", "L7STS/500", "etcd")).toBe("false-up settling probe-answered-unhealthy");
    expect(repeat(harness, 70, 71, "UP 2/3", "L7STS/500", "etcd")).toBe("false-up confirmed check-asks-something-else");
  });

  test("ends as agreement when HAProxy takes the server down, whatever it took", () => {
    const harness = new JudgeHarness();
    repeat(harness, 0, 5, "UP", "L7OK/200", "etcd");
    repeat(harness, 6, 8, "UP 1/3", "L7STS/500", "etcd");
    expect(harness.view(9, "DOWN", "L7STS/500")).toBe("agree-down probe-answered-unhealthy");
  });

  test("is never confirmed where no client connects: HAProxy's path works and ours does not", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.1, "ok");
    expect(repeat(harness, 1, 30, "UP", "L4OK", "refused")).toBe("false-up settling probe-refused");
    expect(repeat(harness, 31, 32, "UP", "L4OK", "refused")).toBe("unknown path-differs");
  });

  test("is `never-reached` where this vantage never got an answer", () => {
    expect(repeat(new JudgeHarness(), 0, 32, "UP", "L4OK", "refused")).toBe("unknown never-reached");
  });

  test("is a lie where HAProxy's own clients fail to connect as well", () => {
    const harness = new JudgeHarness();
    repeat(harness, 0, 15, "UP", "L4OK", "refused");
    for (let s = 16; s <= 32; s += 1) {
      harness.view(s, "UP", "L4OK", { connectErrors: s });
      harness.probe(s + 0.5, "refused");
    }
    expect(harness.verdictText).toBe("false-up confirmed probe-refused");
  });

  test("begins its clock anew where clients got through between two errors, four times the grace at most", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK", { sessionsTotal: 0, bytesOut: 0 });
    let confirmedAt: number | null = null;
    for (let s = 1; s <= 200 && confirmedAt === null; s += 1) {
      // Each even second clients connect, each odd one they do not.
      const connected = Math.floor(s / 2);
      harness.view(s, "UP", "L4OK", { sessionsTotal: s, bytesOut: 100 * connected, connectErrors: s - connected });
      if (harness.probe(s + 0.5, "refused").includes("confirmed")) confirmedAt = s;
    }
    expect(confirmedAt).toBe(121);
  });

  test("begins its clock anew when the failure enters another stage", () => {
    const harness = new JudgeHarness();
    repeat(harness, 0, 20, "UP", "L7OK/200", "etcd");
    repeat(harness, 21, 22, "UP", "L7OK/200", "hang");
    repeat(harness, 23, 24, "UP", "L7OK/200", "slam");
    expect(repeat(harness, 25, 45, "UP", "L7OK/200", "etcd")).toMatch(/^false-up settling/);
  });

  test("is excused for four times the grace at most, however its health goes back and forth", () => {
    const harness = new JudgeHarness();
    let confirmedAt: number | null = null;
    for (let s = 0; s < 200 && confirmedAt === null; s += 1) {
      // Up and down again each second: the health falls all the time and never gets there.
      harness.view(s, s % 2 === 0 ? "UP" : "UP 2/3", "L7OK/200");
      if (harness.probe(s + 0.5, "etcd").includes("confirmed")) confirmedAt = s;
    }
    expect(confirmedAt).toBe(120);
  });
});

describe("the grace fits the check", () => {
  const known = (stepMs: number): JudgeContext => ({
    ...NO_CONTEXT,
    checkPace: { ...UNKNOWN_PACE, longestStepMs: stepMs },
  });

  test("a check that runs once a minute is given its minutes before it is known to be so slow", () => {
    const harness = new JudgeHarness({ learnsGrace: true });
    repeat(harness, 0, 59, "UP", "L7OK/200", "etcd");
    repeat(harness, 60, 119, "UP 2/3", "L7STS/500", "etcd");
    harness.context = known(60_000);
    expect(repeat(harness, 120, 179, "UP 1/3", "L7STS/500", "etcd")).toMatch(/^false-up settling/);
    expect(harness.view(180, "DOWN", "L7STS/500")).toBe("agree-down probe-answered-unhealthy");
  });

  test("a check whose pace was not seen is not waited for without end", () => {
    const harness = new JudgeHarness({ learnsGrace: true });
    expect(repeat(harness, 0, 119, "UP", "L7OK/200", "etcd")).toMatch(/^false-up settling/);
    expect(repeat(harness, 120, 121, "UP", "L7OK/200", "etcd")).toBe("false-up confirmed check-asks-something-else");
  });

  test("health that rises steadily is waited for, however many steps it takes", () => {
    const harness = new JudgeHarness({ learnsGrace: true });
    harness.context = known(5_000);
    for (let s = 0; s < 150; s += 1) {
      const view = haproxyView("DOWN", "L7OK/200");
      const check = { ...view.check, health: Math.floor(s / 5), rise: 30, fall: 3 };
      harness.view(s, "DOWN", "L7OK/200", { check });
      expect(harness.probe(s + 0.5, "ok")).toMatch(/^false-down settling/);
    }
  });
});

describe("HAProxy's clients say that connecting works", () => {
  test("only by sessions from after the probe that failed to connect", () => {
    const harness = new JudgeHarness();
    harness.view(0, "no check");
    harness.probe(0.1, "ok");
    for (let s = 1; s <= 4; s += 1) {
      harness.view(s, "no check", "", { sessionsTotal: s, bytesOut: 100 * s });
      harness.probe(s + 0.5, "shutdown");
    }
    harness.probe(5, "refused");
    for (let s = 6; s <= 12; s += 1) harness.view(s, "no check", "", { sessionsTotal: 5, bytesOut: 500 });
    expect(harness.verdictText).not.toContain("path-differs");
  });

  test("not against HAProxy's own check that fails to connect", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.1, "ok");
    harness.probe(0.5, "refused");
    for (let s = 1; s <= 8; s += 1) {
      harness.view(s, "UP 2/3", "L4CON", { sessionsTotal: s, bytesOut: 100 * s });
    }
    expect(harness.verdictText).toBe("false-up settling probe-refused");
  });
});

test("a server that recovered before HAProxy checked it again is not said to be asked something else", () => {
  const harness = new JudgeHarness();
  repeat(harness, 0, 5, "DOWN", "L7STS/503", "503");
  expect(harness.probe(6, "ok")).toBe("false-down settling haproxy-not-rechecked");
});

describe("after a reload HAProxy knows nothing by itself", () => {
  test("a failing server that it could notice is unverified, for four times the grace over all reloads", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L7OK/200");
    for (let s = 1; s <= 120; s += 1) {
      harness.context = { ...NO_CONTEXT, epoch: `reload ${s}` };
      harness.view(s, "UP 1/3", "INI");
      expect(harness.probe(s + 0.5, "etcd")).toBe("unknown haproxy-unverified");
    }
    harness.view(123, "UP 1/3", "INI");
    expect(harness.probe(123.5, "etcd")).toMatch(/^false-up/);
  });

  test("a check that a state file restores starts anew with each reload: its grace does too, four times at most", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L7OK/200");
    let confirmedAt: number | null = null;
    for (let s = 1; s <= 200 && confirmedAt === null; s += 1) {
      harness.context = { ...NO_CONTEXT, epoch: `reload ${s}` };
      harness.view(s, "UP", "L7OK/200");
      if (harness.probe(s + 0.5, "hang").includes("confirmed")) confirmedAt = s;
    }
    // The first failed probe is sent at 1.5 s.
    expect(confirmedAt).toBe(121);
  });

  test("a check that a state file restores gets one grace from the last reload on", () => {
    const harness = new JudgeHarness();
    repeat(harness, 0, 19, "UP", "L7OK/200", "etcd");
    harness.context = { ...NO_CONTEXT, epoch: "reloaded" };
    expect(repeat(harness, 20, 49, "UP", "L7OK/200", "etcd")).toBe("false-up settling probe-answered-unhealthy");
    expect(repeat(harness, 50, 51, "UP", "L7OK/200", "etcd")).toBe("false-up confirmed check-asks-something-else");
  });

  test("a check that accepts a 5xx is known to after a state file has lost its code", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L7OK/500");
    harness.context = { ...NO_CONTEXT, epoch: "reloaded" };
    harness.view(1, "UP", "L7OK/0");
    harness.probe(1.1, "etcd");
    harness.view(1.2, "UP", "L7OK/0");
    expect(harness.probeThenView(1.3, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("a lie that it can never notice stays one: the depth was seen before the reload", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.context = { ...NO_CONTEXT, epoch: "reloaded" };
    harness.view(1, "UP 1/3", "INI");
    harness.probe(1.1, "etcd");
    harness.view(1.2, "UP 1/3", "INI");
    expect(harness.probeThenView(1.3, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });
});

describe("a server that passes while HAProxy has it DOWN", () => {
  test("is settled by the same clock: thirty seconds, sixty while its health rises", () => {
    const harness = new JudgeHarness();
    expect(repeat(harness, 0, 29, "DOWN", "L7STS/401", "ok")).toBe("false-down settling haproxy-denied");
    expect(repeat(harness, 30, 31, "DOWN", "L7STS/401", "ok")).toBe("false-down confirmed haproxy-denied");

    const rising = new JudgeHarness();
    repeat(rising, 0, 9, "DOWN", "L7STS/503", "ok");
    expect(repeat(rising, 10, 69, "DOWN 1/2", "L7OK/200", "ok")).toMatch(/^false-down settling/);
  });

  test("once denied, the denial stays the reason for this DOWN spell", () => {
    const harness = new JudgeHarness();
    repeat(harness, 0, 3, "DOWN", "L7STS/401", "ok");
    expect(repeat(harness, 4, 6, "DOWN", "L7TOUT", "ok")).toBe("false-down settling haproxy-denied");
    harness.view(7, "UP", "L7OK/200");
    expect(repeat(harness, 8, 9, "DOWN", "L7TOUT", "ok")).toBe("false-down settling check-asks-something-else");
  });
});

describe("while nothing can be concluded the clocks stand still", () => {
  test("stale views: unknown, and the grace begins anew afterwards", () => {
    const harness = new JudgeHarness();
    repeat(harness, 0, 20, "UP", "L7OK/200", "etcd");
    harness.context = { ...NO_CONTEXT, isStale: true };
    expect(harness.judgeAt(60)).toBe("unknown haproxy-stale");
    harness.context = NO_CONTEXT;
    expect(repeat(harness, 61, 89, "UP", "L7OK/200", "etcd")).toBe("false-up settling probe-answered-unhealthy");
    expect(repeat(harness, 90, 91, "UP", "L7OK/200", "etcd")).toBe("false-up confirmed check-asks-something-else");
  });

  test("a pause of ours voids what was sent before it", () => {
    const harness = new JudgeHarness();
    harness.view(0, "no check");
    harness.probe(0.5, "ok");
    harness.context = { ...NO_CONTEXT, pausedUntil: 10_000 };
    harness.view(10.1, "no check");
    expect(harness.probe(1, "hang", 9.2)).toBe("agree-up");
  });

  test("after blindness only probes sent since then count", () => {
    const harness = new JudgeHarness();
    harness.view(0, "no check");
    harness.context = { ...NO_CONTEXT, isBlind: true };
    harness.probe(0.5, "refused");
    harness.view(0.6, "no check");
    harness.probe(1.5, "refused");
    harness.context = NO_CONTEXT;
    expect(harness.judgeAt(1.7)).toBe("false-up suspected probe-refused");
    harness.probe(2.5, "refused");
    harness.view(2.6, "no check");
    expect(harness.probeThenView(2.7, "refused")).toBe("false-up confirmed probe-refused");
  });
});

test("the same view and the same results again change nothing", () => {
  const harness = new JudgeHarness();
  harness.view(0, "UP", "L4OK");
  harness.probe(0.5, "etcd");
  const before = harness.memory;
  harness.judgeAt(0.6);
  expect(harness.memory).toEqual(before);
  expect(harness.judgement?.changed).toBe(false);
});
