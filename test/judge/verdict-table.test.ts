import { describe, expect, test } from "vitest";
import type { ServerView } from "../../server/contract/view.ts";
import { NO_CONTEXT } from "../../server/judge/judge-context.ts";
import { type ProbeCase, JudgeHarness } from "../support/judge-harness.ts";

/** A server that HAProxy shows like this for a while, and that answers us like that every second. */
function after(
  seconds: number,
  status: string,
  check: string,
  answer: ProbeCase,
  harness = new JudgeHarness(),
): string {
  let says = harness.view(0, status, check);
  for (let s = 0; s < seconds; s += 1) {
    says = harness.probe(s + 0.1, answer);
    says = harness.view(s + 0.9, status, check);
  }
  return says;
}

describe("what both witnesses say decides", () => {
  const cases: readonly [status: string, check: string, answer: ProbeCase, says: string][] = [
    ["UP", "L4OK", "ok", "agree-up"],
    ["UP", "L7OK/200", "ok", "agree-up"],
    ["no check", "", "ok", "agree-up"],
    ["UP 1/3", "INI", "ok", "agree-up"],
    ["DOWN", "L4CON", "refused", "agree-down probe-refused"],
    ["DOWN", "L7STS/500", "etcd", "agree-down probe-answered-unhealthy"],
    ["DOWN", "L6RSP", "slam", "agree-down probe-reset"],
    ["DOWN", "L7TOUT", "hang", "agree-down probe-timed-out"],
    ["DOWN (agent)", "L4OK", "etcd", "agree-down probe-answered-unhealthy"],

    ["UP", "L4OK", "etcd", "false-up confirmed probe-answered-unhealthy"],
    ["UP", "L6OK", "etcd", "false-up confirmed probe-answered-unhealthy"],
    ["no check", "", "etcd", "false-up confirmed probe-answered-unhealthy"],
    ["UP", "L7OK/500", "etcd", "false-up confirmed probe-answered-unhealthy"],
    ["UP", "L4OK", "503", "false-up confirmed probe-answered-unhealthy"],
    ["UP", "L4OK", "404", "false-up confirmed probe-unexpected-status"],
    ["UP", "L4OK", "wrong body", "false-up confirmed probe-unexpected-body"],
    ["UP", "L4OK", "hang", "false-up confirmed probe-timed-out"],
    ["UP", "L6OK", "hang", "false-up confirmed probe-timed-out"],
    ["UP", "L4OK", "mute", "false-up confirmed probe-timed-out"],
    ["UP", "L4OK", "slam", "false-up confirmed probe-reset"],
    ["UP", "L4OK", "expired", "false-up confirmed probe-certificate-expired"],
    ["no check", "", "refused", "false-up confirmed probe-refused"],

    ["UP", "L4OK", "refused", "false-up settling probe-refused"],
    ["UP 2/3", "L4CON", "refused", "false-up settling probe-refused"],
    ["UP", "L6OK", "slam", "false-up settling probe-reset"],
    ["UP 1/3", "L7STS/500", "etcd", "false-up settling probe-answered-unhealthy"],
    ["UP", "L7OK/200", "etcd", "false-up settling probe-answered-unhealthy"],

    ["DOWN", "L7STS/401", "ok", "false-down settling haproxy-denied"],
    ["DOWN", "L7STS/403", "ok", "false-down settling haproxy-denied"],
    ["DOWN", "L7STS/503", "ok", "false-down settling check-asks-something-else"],
    ["DOWN", "L7RSP", "ok", "false-down settling check-asks-something-else"],
    ["DOWN", "L4CON", "ok", "false-down settling haproxy-check-failing"],
    ["DOWN 1/2", "L7OK/200", "ok", "false-down settling haproxy-not-rechecked"],
    ["DOWN", "HANA", "ok", "false-down settling haproxy-observed-errors"],
    ["DOWN (agent)", "L4OK", "ok", "false-down settling haproxy-agent-down"],

    ["UP", "L4OK", "401", "unknown probe-denied"],
    ["UP", "L7OK/403", "403", "unknown probe-denied"],
    ["DOWN", "L7STS/403", "403", "unknown probe-denied"],
    ["no check", "", "403", "unknown probe-denied"],
    ["UP", "L4OK", "untrusted", "unknown probe-untrusted"],
    ["DOWN", "L4CON", "untrusted", "unknown probe-untrusted"],
    ["UP", "L4OK", "dns", "unknown probe-dns-failed"],
    ["UP", "L4OK", "cannot-speak", "unknown probe-cannot-speak"],
    ["DOWN", "L7STS/500", "cannot-speak", "unknown probe-cannot-speak"],
    ["DOWN 1/2", "INI", "refused", "unknown haproxy-unverified"],
    ["UP 1/3", "INI", "refused", "unknown haproxy-unverified"],

    ["", "L4OK", "etcd", "unknown haproxy-status-unknown"],
    ["OPEN", "L4OK", "ok", "unknown haproxy-status-unknown"],

    ["MAINT", "", "etcd", "out-of-service maintenance"],
    ["MAINT (via be/x)", "", "ok", "out-of-service maintenance"],
    ["DRAIN", "L4OK", "etcd", "out-of-service drain"],
    ["DRAIN (agent)", "L4OK", "ok", "out-of-service drain"],
    ["NOLB 1/2", "L7STS/404", "ok", "out-of-service nolb"],
  ];
  test.each(cases)("HAProxy %s %s, our probe %s: %s", (status, check, answer, says) => {
    expect(after(8, status, check, answer)).toBe(says);
  });
});

describe("a server without a rule, an address or an answer is unknown", () => {
  test("nothing to probe: the reason of the rules is the reason of the verdict", () => {
    expect(after(2, "UP", "L4OK", "ok", new JudgeHarness({}, null))).toBe("unknown no-probe-rule");
  });
  test("until the first probe came back it is pending", () => {
    expect(new JudgeHarness().view(0, "UP", "L4OK")).toBe("unknown probe-pending");
  });
  test("its verdict stands since the first look, not since ever", () => {
    const harness = new JudgeHarness();
    harness.view(5, "UP", "L4OK");
    expect(harness.memory?.decision.since).toBe(5_000);
  });
  test("after its address changed, what the old address answered says nothing", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.1, "etcd");
    harness.probe(0.3, "etcd");
    const address = { kind: "ip", host: "10.0.0.12", port: 6443 } as const;
    expect(harness.view(1, "UP", "L4OK", { address })).toBe("unknown probe-pending");
    expect(harness.probe(1.1, "ok")).toBe("agree-up");
  });
  test("an empty slot of a server-template is out of service, not unknown", () => {
    const harness = new JudgeHarness({}, null);
    expect(harness.view(0, "MAINT (resolution)", "", { address: { kind: "none" } })).toBe(
      "out-of-service template-slot",
    );
  });
  test("a server whose name has no address in its backend is unknown, not out of service on purpose", () => {
    const harness = new JudgeHarness({}, null);
    expect(harness.view(0, "MAINT (resolution)", "", { address: { kind: "unresolved" } })).toBe(
      "unknown name-unresolved",
    );
  });
  test("weight 0 takes a server out of service whatever its status says", () => {
    const harness = new JudgeHarness();
    harness.probe(0.1, "etcd");
    expect(harness.view(1, "UP", "L4OK", { weight: 0 })).toBe("out-of-service weight-zero");
  });
});

describe("a guessed path may be our own error", () => {
  const guess = (): JudgeHarness => new JudgeHarness({}, { guessed: true });
  const cases: readonly [answer: ProbeCase, says: string][] = [
    ["404", "unknown probe-path-missing"],
    ["429", "unknown probe-rate-limited"],
    ["page", "unknown probe-answer-meaningless"],
    ["refused", "unknown never-reached"],
    ["hang", "unknown never-reached"],
    ["503", "false-up confirmed probe-answered-unhealthy"],
    ["ok", "agree-up"],
  ];
  test.each(cases)("behind a bare check %s means %s", (answer, says) => {
    expect(after(8, "UP", "L4OK", answer, guess())).toBe(says);
  });
  test("against a check of HAProxy that asks the application and passes it proves nothing, not even by a 503", () => {
    const guessing = (): JudgeHarness => new JudgeHarness({}, { guessed: true });
    expect(after(20, "UP", "L7OK/200", "503", guessing())).toBe("false-up settling probe-answered-unhealthy");
    expect(after(60, "UP", "L7OK/200", "503", guessing())).toBe("unknown never-reached");
    const proven = guessing();
    after(3, "UP", "L7OK/200", "ok", proven);
    let says = "";
    for (let s = 10; s < 70; s += 1) {
      says = proven.probe(s + 0.1, "503");
      says = proven.view(s + 0.9, "UP", "L7OK/200");
    }
    expect(says).toBe("false-up confirmed check-asks-something-else");
  });

  test("once it answered well, it is taken at its word", () => {
    const harness = guess();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.1, "ok");
    harness.probe(1.1, "404");
    harness.view(1.2, "UP", "L4OK");
    expect(harness.probeThenView(1.3, "404")).toBe("false-up confirmed probe-unexpected-status");
  });
  test("where HAProxy says DOWN and it refuses us too, both agree", () => {
    expect(after(3, "DOWN", "L4CON", "refused", guess())).toBe("agree-down probe-refused");
  });
});

describe("a check of another port notices nothing on the traffic's port", () => {
  test("refused on the traffic's port while the check's port answers is a lie", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L7OK/200", { checkElsewhere: true });
    harness.probe(0.1, "refused");
    harness.view(0.2, "UP", "L7OK/200", { checkElsewhere: true });
    expect(harness.probeThenView(0.3, "refused")).toBe("false-up confirmed probe-refused");
  });
});

describe("a rule that probes another port than the traffic's", () => {
  const onPort = (otherPort: number): JudgeHarness => new JudgeHarness({}, {}, { otherPort });

  test("finds what a check of the traffic's port can never notice, at every stage", () => {
    for (const answer of ["503", "refused"] as const) {
      const harness = onPort(9_000);
      harness.context = { ...NO_CONTEXT, othersRespondedSince: 2_000 };
      harness.view(0, "UP", "L7OK/200");
      harness.probe(0.1, "ok");
      harness.probeThenView(0.5, answer);
      expect(harness.probeThenView(0.7, answer)).toMatch(/^false-up confirmed/);
    }
  });

  test("is confirmed although clients connect to the traffic's port", () => {
    const harness = onPort(9_000);
    harness.context = { ...NO_CONTEXT, othersRespondedSince: 9_000 };
    harness.view(0, "UP", "L4OK");
    harness.probe(0.1, "ok");
    harness.probe(0.5, "refused");
    for (let s = 1; s < 9; s += 1) harness.view(s, "UP", "L4OK", { sessionsTotal: s, bytesOut: 100 * s });
    expect(harness.probeThenView(9, "refused")).toBe("false-up confirmed probe-refused");
  });

  test("waits for a check of that port as for any other", () => {
    const harness = onPort(9_000);
    harness.view(0, "UP", "L7OK/200", { checkElsewhere: true, checkPort: 9_000 });
    harness.probe(0.1, "ok");
    harness.probeThenView(0.5, "refused");
    expect(harness.probeThenView(0.7, "refused")).toBe("false-up settling probe-refused");
  });
});

describe("a result that is too old", () => {
  test("is no pass: after three intervals and a timeout nothing is known", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    expect(harness.probe(0, "ok")).toBe("agree-up");
    harness.view(8, "UP", "L4OK");
    expect(harness.judgeAt(8)).toBe("agree-up");
    expect(harness.judgeAt(8.1)).toBe("unknown probe-stale");
    expect(harness.probe(9, "ok")).toBe("agree-up");
  });

  test("is no older than the interval in which its target is probed for the time being", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0, "ok", 0.002, { everyMs: 30_000 });
    harness.view(95, "UP", "L4OK");
    expect(harness.judgeAt(95)).toBe("agree-up");
    expect(harness.judgeAt(95.1)).toBe("unknown probe-stale");
  });

  test("is not said of a hang, whose results come a timeout apart and late", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.1, "hang", 5);
    harness.probeThenView(5.3, "hang", 5);
    expect(harness.judgeAt(15.4)).toBe("false-up confirmed probe-timed-out");
  });

  test("is not said of a server that comes back into service, whose probes were rare", () => {
    const harness = new JudgeHarness();
    harness.view(0, "DRAIN", "L4OK");
    harness.probe(0, "ok");
    expect(harness.view(9, "UP", "L4OK")).toBe("agree-up");
  });

  test("leaves the row of failures: one failure long after it does not confirm", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0, "etcd");
    harness.view(60, "UP", "L4OK");
    expect(harness.judgeAt(60)).toBe("unknown probe-stale");
    expect(harness.probeThenView(61, "etcd")).toBe("false-up suspected probe-answered-unhealthy");
  });
});

describe("a response that neither HAProxy's check nor our probe reads", () => {
  const judge = (answer: ProbeCase, check: string, view: Partial<ServerView>): string => {
    const harness = new JudgeHarness();
    harness.view(0, "DOWN", check, view);
    return harness.probeThenView(0.1, answer);
  };
  test.each([
    ["unreadable", "L7RSP", { mode: "http" }, "agree-down probe-cannot-speak"],
    ["unreadable", "L7TOUT", { mode: "http" }, "agree-down probe-cannot-speak"],
    ["unreadable", "SOCKERR", { mode: "http" }, "agree-down probe-cannot-speak"],
    // Players of ICY are served over TCP.
    ["unreadable", "L7RSP", { mode: "tcp" }, "unknown probe-cannot-speak"],
    ["unreadable", "L7RSP", { mode: "http", checkElsewhere: true }, "unknown probe-cannot-speak"],
    ["unreadable", "L4CON", { mode: "http" }, "unknown probe-cannot-speak"],
    ["unreadable", "L7STS/404", { mode: "http" }, "unknown probe-cannot-speak"],
    // HTTP/2 may be what HAProxy speaks to it.
    ["cannot-speak", "L7RSP", { mode: "http" }, "unknown probe-cannot-speak"],
  ] as const)("%s, %s, %j", (answer, check, view, verdict) => {
    expect(judge(answer, check, view)).toBe(verdict);
  });
  test("says nothing against HAProxy while that has it UP", () => {
    expect(after(10, "UP", "L4OK", "unreadable")).toBe("unknown probe-cannot-speak");
  });
});

describe("a guess that never worked does not confirm that HAProxy has a server rightly DOWN", () => {
  test.each(["slam", "expired", "answer reset", "hang"] as const)("by %s", (answer) => {
    const harness = new JudgeHarness({}, { guessed: true });
    harness.view(0, "DOWN", "L6RSP");
    expect(harness.probe(0.5, answer)).toBe("unknown never-reached");
  });

  test.each(["refused", "unreachable", "503"] as const)("but it does by %s", (answer) => {
    const harness = new JudgeHarness({}, { guessed: true });
    harness.view(0, "DOWN", "L6RSP");
    expect(harness.probe(0.5, answer)).toMatch(/^agree-down/);
  });
});
