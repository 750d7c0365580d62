import { describe, expect, test } from "vitest";
import { NO_CONTEXT } from "../../server/judge/judge-context.ts";
import { JudgeHarness } from "../support/judge-harness.ts";

describe("a failure that HAProxy can never notice", () => {
  test("is suspected at once and asks for a view and a further probe", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "ok");
    expect(harness.probe(1.5, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
    expect(harness.judgement).toMatchObject({ needsPoll: true, needsProbe: true });
  });

  test("is confirmed by the second probe and a view polled after it ended", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(1.5, "etcd");
    harness.view(1.51, "UP", "L4OK");
    expect(harness.probeThenView(1.7, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("asks for no further view once it is confirmed, however often it fails", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(1.5, "etcd");
    harness.probeThenView(1.7, "etcd");
    expect(harness.probe(2.7, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
    expect(harness.judgement?.needsPoll).toBe(false);
  });

  test("waits for the view: a deploy script drains the server first, and the drain is on its way to us", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(1.5, "etcd");
    expect(harness.probe(1.7, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
    expect(harness.view(1.8, "DRAIN", "L4OK")).toBe("out-of-service drain");
  });

  test("counts only probes that were sent after HAProxy changed its mind", () => {
    const harness = new JudgeHarness();
    harness.view(0, "DOWN", "L4CON");
    harness.probe(0.5, "etcd");
    harness.probe(1.5, "etcd");
    expect(harness.view(2, "UP", "L4OK")).toBe("false-up suspected probe-answered-unhealthy");
    expect(harness.probe(2.5, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
    harness.view(3, "UP", "L4OK");
    expect(harness.probeThenView(3.5, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("is not confirmed by a view polled before the last failure ended: a drain may have come in between", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "503", 0.45);
    harness.view(1.3, "UP", "L4OK");
    expect(harness.probe(1.2, "503", 0.45)).toBe("false-up suspected probe-answered-unhealthy");
    expect(harness.judgement?.needsPoll).toBe(true);
    expect(harness.view(1.7, "DRAIN", "L4OK")).toBe("out-of-service drain");
  });

  test("needs as many failures in a row as the rule says", () => {
    const harness = new JudgeHarness({ fall: 3 });
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "etcd");
    harness.probe(0.7, "etcd");
    harness.view(0.8, "UP", "L4OK");
    expect(harness.judgeAt(0.9)).toBe("false-up suspected probe-answered-unhealthy");
    expect(harness.probeThenView(1, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("is forgotten at one good answer", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "etcd");
    harness.probe(0.7, "ok");
    harness.view(0.8, "UP", "L4OK");
    expect(harness.probe(0.9, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
  });

  test("stays confirmed while it lasts, until HAProxy counts down for what we see now", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "etcd");
    harness.view(0.6, "UP", "L4OK");
    harness.probeThenView(0.7, "etcd");
    expect(harness.probeThenView(0.9, "refused")).toBe("false-up confirmed probe-refused");
    expect(harness.view(1, "UP 2/3", "L4CON")).toBe("false-up settling probe-refused");
    expect(harness.view(2, "DOWN", "L4CON")).toBe("agree-down probe-refused");
  });
});

describe("failures count as independent", () => {
  test("not where one death ends two probes that were under way", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L6OK");
    harness.probe(1, "answer reset", 1.5);
    expect(harness.probeThenView(1.8, "answer reset", 0.7)).toBe("false-up suspected probe-reset");
  });

  test("where both time out, even while both were under way: a hang has no moment", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(1, "hang", 5);
    expect(harness.probeThenView(1.8, "hang", 5)).toBe("false-up confirmed probe-timed-out");
  });

  test("resets behind a check of the port need a third: a process that ends resets before its port closes", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(1, "slam");
    expect(harness.probeThenView(1.2, "slam")).toBe("false-up suspected probe-reset");
    expect(harness.probeThenView(1.4, "slam")).toBe("false-up confirmed probe-reset");
  });

  test("an answer of a slow probe does not override the one of a newer probe", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(1, "etcd", 0.1);
    expect(harness.probe(0.2, "ok", 1)).toBe("false-up suspected probe-answered-unhealthy");
  });
});

describe("a refused connection without a check", () => {
  test("waits until half of the others were heard since: until then it could be our own network", () => {
    const harness = new JudgeHarness();
    harness.context = { ...NO_CONTEXT, othersRespondedSince: 0 };
    harness.view(0, "no check");
    harness.probe(0.5, "refused");
    harness.view(0.6, "no check");
    expect(harness.probeThenView(0.7, "refused")).toBe("false-up suspected probe-refused");
    harness.context = { ...NO_CONTEXT, othersRespondedSince: 900 };
    expect(harness.judgeAt(0.9)).toBe("false-up confirmed probe-refused");
  });

  test("waits for the others since the first failed connect, not since a reset before it", () => {
    const harness = new JudgeHarness();
    harness.context = { ...NO_CONTEXT, othersRespondedSince: 600 };
    harness.view(0, "no check");
    harness.probeThenView(0.5, "answer reset");
    expect(harness.probeThenView(0.7, "refused")).toBe("false-up suspected probe-refused");
    harness.context = { ...NO_CONTEXT, othersRespondedSince: 800 };
    expect(harness.judgeAt(0.9)).toBe("false-up confirmed probe-refused");
  });

  test("that times out instead waits five seconds more", () => {
    const harness = new JudgeHarness();
    harness.view(0, "no check");
    harness.probe(0.5, "unreachable", 5);
    harness.probe(1.5, "unreachable", 5);
    harness.probe(5.3, "unreachable", 5);
    harness.view(10.35, "no check");
    expect(harness.judgeAt(10.4)).toBe("false-up suspected probe-timed-out");
    expect(harness.judgeAt(10.5)).toBe("false-up confirmed probe-timed-out");
  });

  test("is confirmed without waiting where HAProxy's own clients fail to connect", () => {
    const harness = new JudgeHarness();
    harness.context = { ...NO_CONTEXT, othersRespondedSince: 0 };
    harness.view(0, "no check");
    harness.probe(0.5, "refused");
    harness.view(0.6, "no check", "", { connectErrors: 3 });
    expect(harness.probeThenView(0.7, "refused")).toBe("false-up confirmed probe-refused");
  });

  test("is a path that differs where they get through", () => {
    const harness = new JudgeHarness();
    harness.view(0, "no check");
    harness.probe(0.1, "ok");
    harness.context = { ...NO_CONTEXT, othersRespondedSince: 0 };
    harness.probe(0.5, "refused");
    for (let s = 1; s < 5; s += 1) harness.view(s, "no check", "", { sessionsTotal: s, bytesOut: 100 * s });
    expect(harness.judgeAt(4.6)).toBe("unknown path-differs");
  });

  test("is our own blindness where most of what HAProxy reaches is out of our reach", () => {
    const harness = new JudgeHarness();
    harness.context = { ...NO_CONTEXT, isBlind: true };
    harness.view(0, "no check");
    expect(harness.probe(0.5, "refused")).toBe("unknown prober-blind");
  });

  test("is not excused by blindness once it was confirmed", () => {
    const harness = new JudgeHarness();
    harness.view(0, "no check");
    harness.probe(0.5, "refused");
    harness.view(0.6, "no check");
    harness.probeThenView(0.7, "refused");
    harness.context = { ...NO_CONTEXT, isBlind: true };
    expect(harness.judgeAt(0.9)).toBe("false-up confirmed probe-refused");
  });
});

describe("a server that comes or goes on purpose", () => {
  test("that fails only its shutdown check is draining, and gets the drain's grace", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    for (let s = 1; s < 120; s += 1) {
      harness.view(s, "UP", "L4OK");
      expect(harness.probe(s + 0.5, "shutdown")).toBe("false-up settling draining");
    }
    harness.view(122, "UP", "L4OK");
    expect(harness.probeThenView(122, "shutdown")).toBe("false-up confirmed draining");
  });

  test("that was just not there and answers an error is starting, and gets the start's grace", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "refused");
    for (let s = 1; s < 31; s += 1) {
      harness.view(s, "UP", "L4OK");
      expect(harness.probe(s + 0.1, "etcd")).toBe("false-up settling starting");
    }
    harness.view(31.5, "UP", "L4OK");
    expect(harness.probeThenView(31.6, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
    expect(harness.probeThenView(31.8, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("that drained and then resets one probe is not confirmed: what the drain excused does not count", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    for (let s = 1; s < 5; s += 1) harness.probeThenView(s, "shutdown");
    expect(harness.probeThenView(5, "answer reset")).toBe("false-up suspected probe-reset");
    expect(harness.probeThenView(5.2, "refused")).toBe("false-up settling probe-refused");
  });

  test("that was away between two probes is starting where HAProxy's check has seen it away", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "ok");
    harness.view(1.5, "UP 2/3", "L4CON");
    expect(harness.probeThenView(2.5, "503")).toBe("false-up settling starting");
    expect(harness.probeThenView(2.7, "503")).toBe("false-up settling starting");
  });

  test("that was away between two polls is starting where HAProxy counts a check that failed since", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L6OK", {}, 7);
    harness.probe(0.5, "ok");
    harness.view(1.5, "UP 2/3", "L6OK", {}, 8);
    expect(harness.probeThenView(2.5, "503")).toBe("false-up settling starting");
    expect(harness.probeThenView(2.7, "503")).toBe("false-up settling starting");
  });

  test("that answers an error is not starting for a check that failed before the last probe passed", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK", {}, 7);
    harness.view(1, "UP", "L4OK", {}, 8);
    harness.probe(1.5, "ok");
    harness.view(2, "UP", "L4OK", {}, 8);
    expect(harness.probeThenView(2.5, "503")).toBe("false-up suspected probe-answered-unhealthy");
  });

  test("that denies a probe right after it was away is starting, and denies it once its time is over", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "ok");
    harness.probe(1, "refused");
    expect(harness.probeThenView(2, "403")).toBe("unknown starting");
    expect(harness.probeThenView(32, "403")).toBe("unknown probe-denied");
  });

  test("that runs its start-up hooks is starting, although no probe saw it away", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, "poststarthook");
    harness.view(0.6, "UP", "L4OK");
    expect(harness.probe(0.7, "poststarthook")).toBe("false-up settling starting");
  });

  test("a restart of an apiserver behind a bare check: draining, refused, 403, hooks, 200 and never a confirmed word", () => {
    const harness = new JudgeHarness();
    const said = new Set<string>();
    const steps = [
      ...Array(5).fill("shutdown"),
      "refused",
      "refused",
      "403",
      "poststarthook",
      "poststarthook",
      "ok",
    ] as const;
    harness.view(0, "UP", "L4OK");
    steps.forEach((answer, s) => {
      said.add(harness.view(s + 0.1, "UP", "L4OK"));
      said.add(harness.probe(s + 0.5, answer));
    });
    expect([...said].filter((says) => says.includes("confirmed"))).toEqual([]);
    expect(harness.verdictText).toBe("agree-up");
  });
});
