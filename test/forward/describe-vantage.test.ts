import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { type Finding, findingId } from "../../server/contract/finding.ts";
import type { InstanceStatus } from "../../server/contract/status.ts";
import { describeVantage } from "../../server/forward/describe-vantage.ts";

const INSTANCE: InstanceStatus = {
  name: "lb-1",
  site: "fra",
  stats: "unix:/run/haproxy.sock",
  state: "ok",
  version: "3.0",
  pid: 10,
  startedAt: null,
  servers: 1,
  lastPollAt: null,
  pollDurationMs: 1,
  everyMs: 1_000,
  error: null,
};

function finding(code: Finding["code"], instance: string | null, over: Partial<Finding> = {}): Finding {
  const subject = { instance, backend: null, server: null };
  const since = "2026-11-28T10:00:00.000Z";
  return { id: findingId({ code, subject }), code, subject, sentence: "s", advice: "a", since, vantages: [], ...over };
}

const describeWith = (findings: readonly Finding[], instances: readonly InstanceStatus[] = [INSTANCE]) =>
  describeVantage({ instances: () => instances, findings: () => findings }, "fra", "1");

test("a vantage reports what it found about itself and the HAProxies of its site", () => {
  const own = [finding("check-blind", "lb-1"), finding("store-behind", null)];
  const status = describeWith(
    [...own, finding("check-blind", "lb-9")],
    [INSTANCE, { ...INSTANCE, name: "lb-9", site: "ams" }],
  );
  expect(status).toMatchObject({ instances: [{ name: "lb-1" }], findings: own, isBlind: false });
});

test("what a hub finds by itself is not reported to it", () => {
  expect(
    describeWith([finding("not-forwarded", null), finding("clock-skew", null), finding("vantages-differ", "lb-1")])
      .findings,
  ).toEqual([]);
});

test("a finding that quotes a configuration is reported without its words", () => {
  const secret = "stats auth admin:planted";
  const { findings } = describeWith([finding("config-broken", null, { sentence: secret, advice: secret })]);
  expect(findings).toMatchObject([{ code: "config-broken" }]);
  expect(JSON.stringify(findings)).not.toContain("planted");
});

test("texts and the number of findings stay within what a hub takes", () => {
  const long = "x".repeat(100_000);
  const error = { code: "HAPROXY_UNREACHABLE", message: long, remedy: "", at: "2026-11-28T10:00:00.000Z" };
  const many = Array.from({ length: 1_000 }, () =>
    finding("check-blind", "lb-1", { sentence: `${long}\0`, advice: long }),
  );
  const { findings = [], instances } = describeWith(many, [{ ...INSTANCE, stats: long, error }]);
  expect(findings).toHaveLength(BOUNDS.vantageFindingsMax);
  expect(findings[0]?.sentence).toHaveLength(BOUNDS.ingestTextChars);
  expect(findings[0]?.advice).toHaveLength(BOUNDS.ingestAdviceChars);
  expect(instances[0]?.error?.message).toHaveLength(BOUNDS.ingestTextChars);
  expect(instances[0]?.stats).toHaveLength(BOUNDS.ingestTextChars);
});
