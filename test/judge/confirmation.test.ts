import { describe, expect, test } from "vitest";
import { NO_CONTEXT } from "../../server/judge/judge-context.ts";
import { JudgeHarness } from "../support/judge-harness.ts";

describe("a failure that HAProxy can never notice", () => {
  test("is suspected at once and asks for a view and a further probe", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "ok");
    expect(court.probe(1.5, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
    expect(court.judgement).toMatchObject({ needsPoll: true, needsProbe: true });
  });

  test("is confirmed by the second probe and a view polled after it ended", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(1.5, "etcd");
    court.view(1.51, "UP", "L4OK");
    expect(court.probeThenView(1.7, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("waits for the view: a deploy script drains the server first, and the drain is on its way to us", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(1.5, "etcd");
    expect(court.probe(1.7, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
    expect(court.view(1.8, "DRAIN", "L4OK")).toBe("out-of-service drain");
  });

  test("counts only probes that were sent after HAProxy changed its mind", () => {
    const court = new JudgeHarness();
    court.view(0, "DOWN", "L4CON");
    court.probe(0.5, "etcd");
    court.probe(1.5, "etcd");
    expect(court.view(2, "UP", "L4OK")).toBe("false-up suspected probe-answered-unhealthy");
    expect(court.probe(2.5, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
    court.view(3, "UP", "L4OK");
    expect(court.probeThenView(3.5, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("is not confirmed by a view polled before the last failure ended: a drain may have come in between", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "503", 0.45);
    court.view(1.3, "UP", "L4OK");
    expect(court.probe(1.2, "503", 0.45)).toBe("false-up suspected probe-answered-unhealthy");
    expect(court.judgement?.needsPoll).toBe(true);
    expect(court.view(1.7, "DRAIN", "L4OK")).toBe("out-of-service drain");
  });

  test("needs as many failures in a row as the rule says", () => {
    const court = new JudgeHarness({ fall: 3 });
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "etcd");
    court.probe(0.7, "etcd");
    court.view(0.8, "UP", "L4OK");
    expect(court.judgeAt(0.9)).toBe("false-up suspected probe-answered-unhealthy");
    expect(court.probeThenView(1, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("is forgotten at one good answer", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "etcd");
    court.probe(0.7, "ok");
    court.view(0.8, "UP", "L4OK");
    expect(court.probe(0.9, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
  });

  test("stays confirmed while it lasts, until HAProxy counts down for what we see now", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "etcd");
    court.view(0.6, "UP", "L4OK");
    court.probeThenView(0.7, "etcd");
    expect(court.probeThenView(0.9, "refused")).toBe("false-up confirmed probe-refused");
    expect(court.view(1, "UP 2/3", "L4CON")).toBe("false-up settling probe-refused");
    expect(court.view(2, "DOWN", "L4CON")).toBe("agree-down probe-refused");
  });
});

describe("failures count as independent", () => {
  test("not where one death ends two probes that were under way", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L6OK");
    court.probe(1, "answer reset", 1.5);
    expect(court.probeThenView(1.8, "answer reset", 0.7)).toBe("false-up suspected probe-reset");
  });

  test("where both time out, even while both were under way: a hang has no moment", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(1, "hang", 5);
    expect(court.probeThenView(1.8, "hang", 5)).toBe("false-up confirmed probe-timed-out");
  });

  test("resets behind a check of the port need a third: a process that ends resets before its port closes", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(1, "slam");
    expect(court.probeThenView(1.2, "slam")).toBe("false-up suspected probe-reset");
    expect(court.probeThenView(1.4, "slam")).toBe("false-up confirmed probe-reset");
  });

  test("an answer of a slow probe does not override the one of a newer probe", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(1, "etcd", 0.1);
    expect(court.probe(0.2, "ok", 1)).toBe("false-up suspected probe-answered-unhealthy");
  });
});

describe("a refused connection without a check", () => {
  test("waits until half of the others were heard since: until then it could be our own network", () => {
    const court = new JudgeHarness();
    court.context = { ...NO_CONTEXT, othersRespondedSince: 0 };
    court.view(0, "no check");
    court.probe(0.5, "refused");
    court.view(0.6, "no check");
    expect(court.probeThenView(0.7, "refused")).toBe("false-up suspected probe-refused");
    court.context = { ...NO_CONTEXT, othersRespondedSince: 900 };
    expect(court.judgeAt(0.9)).toBe("false-up confirmed probe-refused");
  });

  test("that times out instead waits five seconds more", () => {
    const court = new JudgeHarness();
    court.view(0, "no check");
    court.probe(0.5, "unreachable", 5);
    court.probe(1.5, "unreachable", 5);
    court.view(7, "no check");
    expect(court.judgeAt(10.4)).toBe("false-up suspected probe-timed-out");
    expect(court.judgeAt(10.5)).toBe("false-up confirmed probe-timed-out");
  });

  test("is confirmed without waiting where HAProxy's own clients fail to connect", () => {
    const court = new JudgeHarness();
    court.context = { ...NO_CONTEXT, othersRespondedSince: 0 };
    court.view(0, "no check");
    court.probe(0.5, "refused");
    court.view(0.6, "no check", "", { connectErrors: 3 });
    expect(court.probeThenView(0.7, "refused")).toBe("false-up confirmed probe-refused");
  });

  test("is a path that differs where they get through", () => {
    const court = new JudgeHarness();
    court.view(0, "no check");
    court.probe(0.1, "ok");
    court.context = { ...NO_CONTEXT, othersRespondedSince: 0 };
    court.probe(0.5, "refused");
    for (let s = 1; s < 5; s += 1) court.view(s, "no check", "", { sessionsTotal: s, bytesOut: 100 * s });
    expect(court.judgeAt(4.6)).toBe("unknown path-differs");
  });

  test("is our own blindness where most of what HAProxy reaches is out of our reach", () => {
    const court = new JudgeHarness();
    court.context = { ...NO_CONTEXT, isBlind: true };
    court.view(0, "no check");
    expect(court.probe(0.5, "refused")).toBe("unknown prober-blind");
  });

  test("is not excused by blindness once it was confirmed", () => {
    const court = new JudgeHarness();
    court.view(0, "no check");
    court.probe(0.5, "refused");
    court.view(0.6, "no check");
    court.probeThenView(0.7, "refused");
    court.context = { ...NO_CONTEXT, isBlind: true };
    expect(court.judgeAt(0.9)).toBe("false-up confirmed probe-refused");
  });
});

describe("a server that comes or goes on purpose", () => {
  test("that fails only its shutdown check is draining, and gets the drain's grace", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    for (let s = 1; s < 120; s += 1) {
      court.view(s, "UP", "L4OK");
      expect(court.probe(s + 0.5, "shutdown")).toBe("false-up settling draining");
    }
    court.view(122, "UP", "L4OK");
    expect(court.probeThenView(122, "shutdown")).toBe("false-up confirmed draining");
  });

  test("that was just not there and answers an error is starting, and gets the start's grace", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "refused");
    for (let s = 1; s < 31; s += 1) {
      court.view(s, "UP", "L4OK");
      expect(court.probe(s + 0.1, "etcd")).toBe("false-up settling starting");
    }
    court.view(31.5, "UP", "L4OK");
    expect(court.probeThenView(31.6, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
    expect(court.probeThenView(31.8, "etcd")).toBe("false-up confirmed probe-answered-unhealthy");
  });

  test("that drained and then resets one probe is not confirmed: what the drain excused does not count", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    for (let s = 1; s < 5; s += 1) court.probeThenView(s, "shutdown");
    expect(court.probeThenView(5, "answer reset")).toBe("false-up suspected probe-reset");
    expect(court.probeThenView(5.2, "refused")).toBe("false-up settling probe-refused");
  });

  test("that was away between two probes is starting where HAProxy's check has seen it away", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "ok");
    court.view(1.5, "UP 2/3", "L4CON");
    expect(court.probeThenView(2.5, "503")).toBe("false-up settling starting");
    expect(court.probeThenView(2.7, "503")).toBe("false-up settling starting");
  });

  test("that denies a probe right after it was away is starting, and denies it once its time is over", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "ok");
    court.probe(1, "refused");
    expect(court.probeThenView(2, "403")).toBe("unknown starting");
    expect(court.probeThenView(32, "403")).toBe("unknown probe-denied");
  });

  test("that runs its start-up hooks is starting, though nobody saw it away", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.5, "poststarthook");
    court.view(0.6, "UP", "L4OK");
    expect(court.probe(0.7, "poststarthook")).toBe("false-up settling starting");
  });

  test("a restart of an apiserver behind a bare check: draining, refused, 403, hooks, 200 and never a confirmed word", () => {
    const court = new JudgeHarness();
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
    court.view(0, "UP", "L4OK");
    steps.forEach((answer, s) => {
      said.add(court.view(s + 0.1, "UP", "L4OK"));
      said.add(court.probe(s + 0.5, answer));
    });
    expect([...said].filter((says) => says.includes("confirmed"))).toEqual([]);
    expect(court.verdictText).toBe("agree-up");
  });
});
