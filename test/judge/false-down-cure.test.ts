import { describe, expect, test } from "vitest";
import type { HttpProbe, Target } from "../../server/contract/target.ts";
import type { ServerView } from "../../server/contract/view.ts";
import type { Reason } from "../../server/contract/reason.ts";
import { describeAdvice, REASON_TEXTS, restoreCommandOf } from "../../server/judge/reason-texts.ts";
import { haproxyView, probeResult, TARGET } from "../support/judge-harness.ts";

const ELSEWHERE = { checkElsewhere: true, checkPort: 9000 } as const;
const PLAIN: Partial<Target> = { probe: { ...(TARGET.probe as HttpProbe), scheme: "http" } };

function textsOf(reason: Reason, check: string, view: Partial<ServerView> = {}, target: Partial<Target> = {}) {
  const input = {
    verdict: "false-down",
    view: haproxyView("DOWN", check, view),
    result: probeResult("ok", 1, 0),
    depth: null,
    isDetectable: false,
    isConfirmed: true,
    isPaceKnown: true,
    target: { ...TARGET, ...target },
    otherPort: null,
    fileCure: null,
    clients: null,
    isPathProven: true,
    healthyLeft: 2,
  } as const;
  const text = REASON_TEXTS[reason];
  return {
    advice: describeAdvice(text, input),
    restore: restoreCommandOf(text, input),
    cure: text.cure?.(input) ?? [],
  };
}

const credentials = (part: Partial<NonNullable<Target["credentials"]>>): Partial<Target> => ({
  credentials: {
    bearerTokenFile: null,
    basic: null,
    clientCertificate: null,
    sendTo: "allowed-address",
    ...part,
  },
});

describe("a check that was denied", () => {
  test("is to ask what the probe asks, and the server can be taken in without it", () => {
    const { advice, restore, cure } = textsOf("haproxy-denied", "L7STS/401");
    expect(restore).toEqual({
      command: "set server k8s-api/cp-1 health up; disable health k8s-api/cp-1",
      note: "HAProxy then does not check it until enable health or a reload.",
      undo: "enable health k8s-api/cp-1",
    });
    expect(advice).toMatch(
      /^Mitigate: set server k8s-api\/cp-1 health up; disable health k8s-api\/cp-1\. HAProxy then .* reload\. Undo: enable health k8s-api\/cp-1\. Permanent fix/,
    );
    expect(cure).toContain("http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes");
  });

  test.each([
    [credentials({ bearerTokenFile: "/t" }), 'Authorization "Bearer ${HEALTH_CHECK_TOKEN}"', "HEALTH_CHECK_TOKEN"],
    [
      credentials({ basic: { username: "u", passwordFile: "/p" } }),
      'Authorization "Basic ${HEALTH_CHECK_LOGIN}"',
      "HEALTH_CHECK_LOGIN",
    ],
  ])(
    "is given the probe's credentials from HAProxy's environment, which must have them",
    (target, header, variable) => {
      const { cure } = textsOf("haproxy-denied", "L7STS/401", {}, target);
      expect(cure.join("\n")).toContain(header);
      expect(cure).toContain(`.if !defined(${variable})`);
      expect(cure.join("\n")).not.toMatch(/\/t\b|\/p\b/);
    },
  );

  test("with a client certificate has no lines: HAProxy's file of it is not known", () => {
    const certificate = credentials({ clientCertificate: { certFile: "/c", keyFile: "/k" } });
    expect(textsOf("haproxy-denied", "L7STS/401", {}, certificate).cure).toEqual([]);
  });

  test.each<[string, string, Partial<ServerView>]>([
    ["whose last check reached nothing", "L4CON", {}],
    ["that follows another one's check", "L7STS/401", { tracked: "be/other" }],
    ["with a name that a shell would interpret", "L7STS/401", { server: "x;reboot" }],
  ])("of a server %s yields no command", (_, check, view) => {
    const { advice, restore } = textsOf("haproxy-denied", check, view);
    expect(restore).toBeNull();
    expect(advice).not.toContain("set server");
  });
});

describe("a check that asks something else", () => {
  test.each(["L7STS/404", "L7STS/301", "L7STS/200", "L7STS/400"])("%s: its request is corrected", (check) => {
    const { advice, cure } = textsOf("check-asks-something-else", check);
    expect(advice).toContain("; disable health k8s-api/cp-1.");
    expect(cure).toContain("default-server check-ssl verify none check-sni kubernetes");
  });

  test.each(["L7STS/503", "L7STS/429", "L7RSP"])(
    "%s: the server may mean it, so that nothing is to be pasted",
    (check) => {
      const { advice, cure } = textsOf("check-asks-something-else", check);
      expect(advice).toMatch(/^Compare .* mark it expected\.$/);
      expect(cure).toEqual([]);
    },
  );

  test("and is too slow gets the probe's time", () => {
    expect(textsOf("check-asks-something-else", "L7TOUT").cure).toEqual([
      "# backend k8s-api",
      `timeout check ${TARGET.timeoutMs}ms`,
    ]);
  });
});

describe("a check that fails before any answer", () => {
  test("at another place than the traffic's is sent to that, now and for good", () => {
    const { advice, restore, cure } = textsOf("haproxy-check-failing", "L4CON", ELSEWHERE);
    expect(restore).toEqual({
      command: "set server k8s-api/cp-1 check-addr 10.0.0.11 port 6443",
      note: "",
      undo: null,
    });
    expect(advice).toMatch(/^Mitigate: set server k8s-api\/cp-1 check-addr 10\.0\.0\.11 port 6443\. Permanent fix/);
    expect(cure.at(-1)).toBe("default-server port 6443");
  });

  test("in a handshake that the probe finishes gets the probe's", () => {
    expect(textsOf("haproxy-check-failing", "L6RSP").cure.at(-1)).toContain("check-ssl verify none");
    expect(textsOf("haproxy-check-failing", "L6RSP", {}, PLAIN).cure).toEqual([]);
  });

  test("where the traffic goes, too, has neither line nor command: it fails as the check does", () => {
    const { advice, cure } = textsOf("haproxy-check-failing", "L4CON");
    expect(advice).toMatch(/^Permanent fix: compare/);
    expect(cure).toEqual([]);
  });
});

test("a server that has recovered is taken in, and checked more often from then on", () => {
  const { advice, cure } = textsOf("haproxy-not-rechecked", "L7OK/200");
  expect(advice).toMatch(/^Mitigate: set server k8s-api\/cp-1 health up\. Permanent fix/);
  expect(cure.at(-1)).toBe("default-server downinter 1s");
});

test("an agent's word is overruled until its next report", () => {
  expect(textsOf("haproxy-agent-down", "L7OK/200").advice).toMatch(/^Mitigate: set server k8s-api\/cp-1 agent up\. It/);
});
