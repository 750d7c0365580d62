import { expect, test } from "vitest";
import { type Finding, findingId } from "../../server/contract/finding.ts";
import type { VantageName } from "../../server/contract/vantage.ts";
import { joinFindings } from "../../server/judge/join-findings.ts";

const HUB = { site: "fra", vantage: "hub-1" };
const A = { site: "fra", vantage: "host-a" };
const B = { site: "ams", vantage: "host-b" };

function finding(code: Finding["code"], instance: string | null, since = "2026-11-28T10:00:00.000Z"): Finding {
  const subject = { instance, backend: instance === null ? null : "k8s", server: null };
  return { id: findingId({ code, subject }), code, subject, sentence: code, advice: "", since, vantages: [] };
}

const join = (own: readonly Finding[], ...others: readonly (readonly [VantageName, ...Finding[]])[]) =>
  joinFindings(
    { by: HUB, findings: own },
    others.map(([by, ...findings]) => ({ by, findings })),
  );

test("what several vantages report of one backend is one finding, with all of them, since the first", () => {
  const early = finding("check-blind", "lb-1", "2026-11-28T09:00:00.000Z");
  const [only, ...others] = join([finding("check-blind", "lb-1")], [A, early], [B, finding("check-blind", "lb-1")]);
  expect(others).toEqual([]);
  expect(only).toMatchObject({ id: "check-blind/lb-1/k8s", since: early.since, vantages: [HUB, A, B] });
});

test("what a vantage reports of itself is its own, and says so", () => {
  const away = finding("store-unavailable", null);
  const joined = join([away], [A, away], [B, away]);
  expect(joined.map(({ id, sentence, vantages }) => [id, sentence, vantages])).toEqual([
    ["store-unavailable", "store-unavailable", []],
    ["store-unavailable/fra/host-a", "host-a in fra: store-unavailable", [A]],
    ["store-unavailable/ams/host-b", "host-b in ams: store-unavailable", [B]],
  ]);
});

test("the worst come first, of whichever vantage", () => {
  const joined = join([finding("internal-error", null)], [A, finding("check-missing", "lb-1")]);
  expect(joined.map(({ code }) => code)).toEqual(["check-missing", "internal-error"]);
});
