import { describe, expect, test } from "vitest";
import type { HttpProbe, Target } from "../../server/contract/target.ts";
import type { ServerView } from "../../server/contract/view.ts";
import { PROBE_FAULTS, REASONS } from "../../server/contract/reason.ts";
import { type ReasonInput, REASON_TEXTS } from "../../server/judge/reason-texts.ts";
import { certificateFailure } from "../../server/probe/probe-failure.ts";
import { deriveTone } from "../../server/judge/tone.ts";
import { type ProbeCase, haproxyView, POLICY, probeResult, TARGET } from "../support/judge-harness.ts";

function reasonInput(status: string, check: string, answer: ProbeCase, more: Partial<ReasonInput> = {}): ReasonInput {
  const result = probeResult(answer, 1, 0, answer === "ok" ? 2 : 5_000);
  const view = haproxyView(status, check);
  return {
    verdict: "false-up",
    view,
    result,
    depth: "connection",
    isDetectable: false,
    isConfirmed: true,
    isPaceKnown: true,
    target: TARGET,
    otherPort: null,
    fileCure: null,
    clients: null,
    isPathProven: true,
    healthyLeft: 2,
    ...more,
  };
}

describe("sentences quote both machines", () => {
  const cases: readonly [string, string, ProbeCase, string][] = [
    ["UP", "L4OK", "etcd", "HAProxy says UP (L4OK); /readyz answers 500: etcd failed"],
    ["UP", "L4OK", "503", "HAProxy says UP (L4OK); /readyz answers 503"],
    ["UP", "L4OK", "wrong body", "HAProxy says UP (L4OK); /readyz answers 200 with another body than expected"],
    ["no check", "", "refused", "HAProxy has no check and takes it for UP; it refuses our connection"],
    ["UP", "L4OK", "hang", "HAProxy says UP (L4OK); it does not answer /readyz within 5.0 s"],
    ["UP", "L4OK", "mute", "HAProxy says UP (L4OK); it does not finish the TLS handshake within 5.0 s"],
    ["UP", "L4OK", "slam", "HAProxy says UP (L4OK); it closes the connection during the TLS handshake"],
    ["DOWN", "L7STS/500", "etcd", "HAProxy says DOWN (L7STS/500); /readyz answers 500: etcd failed"],
  ];
  test.each(cases)("%s %s, %s", (status, check, answer, sentence) => {
    const e = reasonInput(status, check, answer);
    const fault = e.result?.fault;
    expect(fault).not.toBeNull();
    if (fault) expect(REASON_TEXTS[fault].sentence(e)).toBe(sentence);
  });

  test("what does not speak HTTP has no path and no status to quote", () => {
    const over = (url: string, answer: ProbeCase) => {
      const result = { ...probeResult(answer, 1, 0), url, httpStatus: null };
      return { ...reasonInput("UP", "L4OK", answer), result };
    };
    const redis = over("tcp://10.0.0.12:6379", "wrong body");
    expect(REASON_TEXTS["probe-unexpected-body"].sentence(redis)).toBe(
      "HAProxy says UP (L4OK); it answers with another body than expected",
    );
    expect(REASON_TEXTS["probe-unexpected-body"].advice(redis)).toMatch(/option tcp-check, or an agent-check\.$/);
    const cart = over("grpc://10.0.0.13:50051/grpc.health.v1.Health/Check", "etcd");
    expect(REASON_TEXTS["probe-answered-unhealthy"].sentence(cart)).toBe(
      "HAProxy says UP (L4OK); it answers: etcd failed",
    );
    const denied = over(cart.result.url, "403");
    expect(
      REASON_TEXTS["probe-denied"].sentence({
        ...denied,
        result: { ...denied.result, detail: "gRPC PERMISSION_DENIED" },
      }),
    ).toBe("HAProxy says UP (L4OK); it is alive and rejects our probe (gRPC PERMISSION_DENIED)");
  });

  test("at most three failing sub-checks are named", () => {
    const result = { ...probeResult("etcd", 1, 0), failing: ["a", "b", "c", "d", "e"] };
    const e = { ...reasonInput("UP", "L4OK", "etcd"), result };
    expect(REASON_TEXTS["probe-answered-unhealthy"].sentence(e)).toMatch(/500: a, b, c and 2 more failed$/);
  });

  test("every reason has a sentence for whatever was seen, even before any probe", () => {
    for (const reason of REASONS) {
      for (const result of [null, probeResult("etcd", 1, 0), probeResult("refused", 2, 0)]) {
        const e = { ...reasonInput("UP", "L4OK", "etcd"), result };
        expect(REASON_TEXTS[reason].sentence(e)).not.toMatch(/undefined|null|^$/);
        expect(REASON_TEXTS[reason].advice(e)).not.toMatch(/undefined|null/);
      }
    }
  });
});

describe("sentences say no more than the evidence", () => {
  const tls = reasonInput("UP", "L6OK", "slam");
  test("a firewall is named for a failed connect only", () => {
    expect(REASON_TEXTS["path-differs"].sentence(tls)).toContain("HAProxy completes the TLS handshake and we do not");
    expect(REASON_TEXTS["path-differs"].advice(tls)).not.toContain("firewall");
    expect(REASON_TEXTS["path-differs"].advice(reasonInput("UP", "L4OK", "refused"))).toContain("firewall");
  });
  test("HAProxy's own text about a failed check is quoted, and none about a passed one", () => {
    const view = haproxyView("DOWN", "L6RSP");
    const failing = { ...view, check: { ...view.check, text: "SSL handshake failure" } };
    expect(
      REASON_TEXTS["haproxy-check-failing"].sentence({ ...reasonInput("DOWN", "L6RSP", "ok"), view: failing }),
    ).toBe(
      'HAProxy says DOWN (L6RSP, "SSL handshake failure"); /readyz answers 200. HAProxy\'s check fails before any answer, and our probe does not',
    );
  });
  test.each([
    ["L7STS", "via agent : down (disk full)", 'The agent says "down (disk full)", not the health check'],
    ["L7STS", "", "The agent says down, not the health check"],
    [
      "L4CON",
      "Connection refused",
      'The agent said down (its last check: L4CON, "Connection refused"), and HAProxy keeps that until the agent says up',
    ],
  ] as const)("of an agent check %s with the text %j", (agentStatus, agentText, sentence) => {
    const view = haproxyView("DOWN (agent)", "L4OK", { agentStatus, agentText });
    const said = REASON_TEXTS["haproxy-agent-down"].sentence({ ...reasonInput("DOWN", "L4OK", "ok"), view });
    expect(said).toBe(`HAProxy says DOWN (agent) (L4OK); /readyz answers 200. ${sentence}`);
  });
  test("a server that tracks another one has no agent of its own to quote", () => {
    const view = haproxyView("DOWN (agent)", "", { tracked: "be/cp-2" });
    const said = REASON_TEXTS["haproxy-agent-down"].sentence({ ...reasonInput("DOWN", "L4OK", "ok"), view });
    expect(said).toContain("it tracks be/cp-2");
    expect(said).toMatch(/The agent says down, not the health check$/);
  });
  test("what HAProxy's clients get meanwhile is said beside what our probe gets", () => {
    const sentence = (clients: ReasonInput["clients"]): string =>
      REASON_TEXTS["probe-answered-unhealthy"].sentence(reasonInput("UP", "L4OK", "etcd", { clients }));
    expect(sentence("served")).toBe(
      "HAProxy says UP (L4OK); /readyz answers 500: etcd failed; HAProxy's clients get 2xx from it",
    );
    expect(sentence("failing")).toMatch(/; HAProxy's clients get errors from it, too$/);
    const served = (guessed: boolean): string =>
      REASON_TEXTS["clients-served"].sentence(
        reasonInput("UP", "L4OK", "404", { clients: "served", target: { ...TARGET, guessed } }),
      );
    expect(served(true)).toMatch(/clients get 2xx from it: the guessed path may be no health path$/);
    expect(served(false)).toMatch(/: the rule may expect another status than a healthy server sends$/);
  });
  test.each([
    [
      "false-up",
      "UP",
      "L7OK/200",
      "404",
      "HAProxy's check passes and our probe fails: their requests, expectations or",
    ],
    [
      "false-down",
      "DOWN",
      "L7RSP",
      "ok",
      "HAProxy's check fails and our probe passes: their requests, expectations or",
    ],
    ["false-down", "DOWN", "L7TOUT", "ok", "HAProxy's check does not get its answer in time, and our probe does"],
  ] as const)("%s with %s %s and %s", (verdict, status, check, answer, said) => {
    const text = REASON_TEXTS["check-asks-something-else"].sentence(reasonInput(status, check, answer, { verdict }));
    expect(text).toContain(said);
  });
  test("a server starts where its hooks say so, and has come up where it was only unavailable before", () => {
    const sentence = (answer: ProbeCase): string => REASON_TEXTS.starting.sentence(reasonInput("UP", "L4OK", answer));
    expect(sentence("poststarthook")).toMatch(/^It is starting: /);
    expect(sentence("403")).toMatch(/^It has just come up: /);
  });
  test("a check that passes again is not said to fail", () => {
    const sentence = (check: string): string =>
      REASON_TEXTS["haproxy-not-rechecked"].sentence(reasonInput("DOWN 1/2", check, "ok"));
    expect(sentence("L7OK/200")).toMatch(/HAProxy's check passes again, and not often enough yet$/);
    expect(sentence("L4CON")).toMatch(/It has recovered, and HAProxy's check has not passed since$/);
  });
  test("the code 0 of a check that is not HTTP is not shown as a status", () => {
    expect(REASON_TEXTS["probe-refused"].sentence(reasonInput("UP", "L7OK/0", "refused"))).toMatch(
      /^HAProxy says UP \(L7OK\);/,
    );
  });
  test("the port of the rule is named where it is not the one of the traffic", () => {
    expect(
      REASON_TEXTS["probe-answered-unhealthy"].sentence(reasonInput("UP", "L4OK", "503", { otherPort: 9000 })),
    ).toBe("HAProxy says UP (L4OK); /readyz on port 9000 answers 503");
    const faults = [
      "etcd",
      "404",
      "refused",
      "unreachable",
      "mute",
      "slam",
      "answer reset",
      "hang",
      "untrusted",
      "403",
    ];
    for (const answer of [...faults, "cannot-speak", "unreadable", "expired"] as ProbeCase[]) {
      const input = reasonInput("UP", "L4OK", answer, { otherPort: 9000 });
      const fault = input.result?.fault ?? "probe-refused";
      expect(REASON_TEXTS[fault].sentence(input), answer).toContain(" on port 9000");
    }
  });
  test("a missing intermediate certificate is named", () => {
    const e = reasonInput("UP", "L4OK", "untrusted");
    const { detail } = certificateFailure("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "");
    const result = { ...probeResult("untrusted", 1, 0), detail };
    expect(REASON_TEXTS["probe-untrusted"].advice({ ...e, result })).toContain("intermediate");
  });
  test("Kubernetes is named for its own paths only", () => {
    const denied = reasonInput("UP", "L4OK", "401");
    expect(REASON_TEXTS["probe-denied"].advice(denied)).toContain("AuthenticationConfiguration");
    const result = { ...probeResult("401", 1, 0), url: "https://10.0.0.11/health" };
    expect(REASON_TEXTS["probe-denied"].advice({ ...denied, result })).not.toMatch(/Authentication|system:/);
    const elsewhere = { ...denied, target: { ...TARGET, port: 8080 } };
    expect(REASON_TEXTS["probe-denied"].advice(elsewhere)).not.toMatch(/Authentication|system:/);
    const body = '{"kind":"Status","apiVersion":"v1","status":"Failure"}';
    const status = { ...probeResult("401", 1, 0), body };
    expect(REASON_TEXTS["probe-denied"].advice({ ...elsewhere, result: status })).toContain("Authentication");
  });
});

describe("advice", () => {
  test("for a lie that HAProxy cannot notice: take it out now, and the check that sees it", () => {
    const advice = REASON_TEXTS["probe-answered-unhealthy"].advice(reasonInput("UP", "L4OK", "etcd"));
    expect(advice).toContain("Mitigate: set server k8s-api/cp-1 state drain.");
    expect(advice).toContain("Permanent fix: let HAProxy's check request /readyz");
  });
  describe("for what the probe does not speak: the keys of the rule that may change that", () => {
    const probe = TARGET.probe as HttpProbe;
    const advise = (stage: "tls" | "answer", version: HttpProbe["version"], httpStatus: number | null): string => {
      const input = reasonInput("UP", "L4OK", "cannot-speak", { target: { ...TARGET, probe: { ...probe, version } } });
      const result = { ...probeResult("cannot-speak", 1, 0), stage, httpStatus };
      return REASON_TEXTS["probe-cannot-speak"].advice({ ...input, result });
    };
    test("in the handshake", () => {
      for (const key of ["server-name", "client-cert-file", "tls (min-version, ciphers)"])
        expect(advise("tls", "auto", null)).toContain(key);
      expect(advise("tls", "auto", null)).not.toContain("version of http");
      expect(advise("tls", "1.1", null)).toContain("version of http");
    });
    test("in the answer: another version of HTTP only where the rule fixes one", () => {
      expect(advise("answer", "2", null)).toContain("version: auto");
      expect(advise("answer", "auto", null)).not.toContain("version");
      expect(advise("answer", "1.1", 200)).not.toContain("version");
    });
  });
  describe("for a server without a rule", () => {
    const advise = (more: Partial<ServerView>): string =>
      REASON_TEXTS["no-probe-rule"].advice({
        ...reasonInput("UP", "L7OK/200", "ok"),
        view: haproxyView("UP", "L7OK/200", more),
      });
    test("the port that HAProxy's HTTP check goes to, not the traffic's", () => {
      expect(advise({ checkElsewhere: true, checkPort: 8008 })).toContain("http: {port: 8008, path: /healthz}");
    });
    test("HTTP on the traffic's port only if that is spoken there", () => {
      expect(advise({})).toMatch(/^If HTTP is spoken there, .* Otherwise a tcp or grpc rule, or skip: true\.$/);
      expect(advise({ checkElsewhere: true })).toContain("on its traffic's port");
    });
  });
  test("for what HAProxy's check can notice: wait, until it is confirmed all the same", () => {
    const advice = (isConfirmed: boolean): string =>
      REASON_TEXTS["probe-refused"].advice(reasonInput("UP", "L4OK", "refused", { isDetectable: true, isConfirmed }));
    expect(advice(false)).toBe("HAProxy's own check can see this: wait for it.");
    expect(advice(true)).toBe(
      "HAProxy's own check can see this, and has not taken it out. Mitigate: set server k8s-api/cp-1 state drain.",
    );
  });
  test("never lets a check request what only a guess has requested", () => {
    const target = { ...TARGET, guessed: true };
    const advice = (isPathProven: boolean): string =>
      REASON_TEXTS["probe-answered-unhealthy"].advice(reasonInput("UP", "L4OK", "503", { target, isPathProven }));
    expect(advice(true)).toMatch(/request \/readyz and expect a 2xx\.$/);
    expect(advice(false)).toMatch(/request the server's health path\.$/);
  });
  test("never drains the last good server", () => {
    const advice = REASON_TEXTS["probe-answered-unhealthy"].advice(
      reasonInput("UP", "L4OK", "etcd", { healthyLeft: 0 }),
    );
    expect(advice).toContain("No other server of k8s-api is known to be healthy: do not drain cp-1.");
    expect(advice).not.toContain("state drain");
  });
  describe("the lines of the cure", () => {
    const cureOf = (target: Partial<Target>, part: Partial<ReasonInput> = {}): readonly string[] | undefined =>
      REASON_TEXTS["probe-answered-unhealthy"].cure?.(
        reasonInput("UP", "L4OK", "etcd", { target: { ...TARGET, ...target }, ...part }),
      );
    const probe = TARGET.probe as HttpProbe;

    test("request what the probe requests, over TLS where it does", () => {
      expect(cureOf({})).toEqual([
        "# backend k8s-api, above its server lines",
        "option httpchk",
        "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes",
        "http-check expect status 200-299",
        "default-server check-ssl verify none check-sni kubernetes",
      ]);
      expect(cureOf({ probe: { ...probe, scheme: "http" } }, { depth: "none", otherPort: 8081 })?.at(-1)).toBe(
        "default-server check port 8081",
      );
      const dropsTls = cureOf({ probe: { ...probe, scheme: "http" } }, { depth: "tls", otherPort: 8081 });
      expect(dropsTls?.at(0)).toMatch(/above its server lines, and without check-ssl in those$/);
      expect(dropsTls?.at(-1)).toBe("default-server port 8081 no-check-ssl");
    });

    test.each<[string, Partial<Target>, Partial<ReasonInput>?]>([
      [
        "with credentials",
        { credentials: { bearerTokenFile: "/t", basic: null, clientCertificate: null, sendTo: "never" } },
      ],
      ["with headers of its own", { probe: { ...probe, headers: { "x-key": "1" } } }],
      ["with a path that is no word of haproxy.cfg", { probe: { ...probe, path: "/a b" } }],
      ["with a pattern for the body", { probe: { ...probe, expectBody: { kind: "matches", pattern: "ok" } } }],
      ["over TCP", { probe: { type: "tcp", tls: null, send: "", expect: { kind: "any" } } }],
      ["by a guess that never worked", {}, { isPathProven: false }],
      [
        "where the server line sends the check to another address",
        {},
        { view: haproxyView("UP", "L4OK", { checkElsewhere: true, checkPort: 9000 }) },
      ],
      ["over plain HTTP of a port whose check speaks TLS", { probe: { ...probe, scheme: "http" } }, { depth: "tls" }],
      ["of a server that tracks another one", {}, { view: haproxyView("UP", "", { tracked: "be/other" }) }],
    ])("are missing for a probe %s", (_, target, part) => {
      expect(cureOf(target, part)).toEqual([]);
    });
  });
  test("says nothing where both agree that it is down", () => {
    for (const fault of PROBE_FAULTS.filter((reason) => reason.startsWith("probe-answered"))) {
      expect(REASON_TEXTS[fault].advice(reasonInput("DOWN", "L7STS/500", "etcd", { verdict: "agree-down" }))).toBe("");
    }
  });
});

describe("tone", () => {
  test("only a confirmed lie that gets traffic and was not expected is critical", () => {
    expect(deriveTone("false-up", "confirmed", "probe-refused", POLICY, false)).toBe("critical");
    expect(deriveTone("false-up", "suspected", "probe-refused", POLICY, false)).toBe("warning");
    expect(deriveTone("false-up", "confirmed", "probe-refused", POLICY, true)).toBe("warning");
    const expected = { ...POLICY, expected: { verdict: "false-up" as const, why: "vendor" } };
    expect(deriveTone("false-up", "confirmed", "probe-refused", expected, false)).toBe("quiet");
  });
  test("a check that asks something else is quiet unless the rule says that it asks the same", () => {
    expect(deriveTone("false-down", "confirmed", "check-asks-something-else", POLICY, false)).toBe("quiet");
    const same = { ...POLICY, sameQuestion: true };
    expect(deriveTone("false-down", "confirmed", "check-asks-something-else", same, false)).toBe("warning");
    expect(deriveTone("false-down", "confirmed", "haproxy-denied", POLICY, false)).toBe("warning");
  });
});

test.each(["a\nset server b/x state maint", "$(reboot)", "a;b", "a b", "\u202ea"])(
  "no advice carries the name %j into a command",
  (server) => {
    const e = reasonInput("UP", "L4OK", "etcd");
    const view = { ...e.view, server };
    for (const [reason, { advice }] of Object.entries(REASON_TEXTS))
      expect(advice({ ...e, view }), reason).not.toContain("set server");
  },
);
