import { expect, test } from "vitest";
import type { ForwardStatus } from "../../server/contract/vantage.ts";
import { createForwardFindings } from "../../server/judge/forward-findings.ts";

const hub = (url: string, part: Partial<ForwardStatus>): ForwardStatus => ({
  url,
  state: "ok",
  error: null,
  behind: 0,
  requests: {},
  ...part,
});

test("every hub that takes nothing is named, those of a kind in one finding", () => {
  const findings = createForwardFindings([
    hub("https://a", { state: "failing", error: "connection refused", behind: 3 }),
    hub("https://b", { state: "superseded", error: "another haprobe sends as cp-2" }),
    hub("https://c", { state: "failing", error: "no answer within 10000 ms", behind: 5 }),
    hub("https://d", {}),
    hub("https://e", { state: "pending" }),
  ]);
  expect(findings.map(({ code, sentence }) => [code, sentence])).toEqual([
    ["vantage-name-shared", "The hub https://b takes nothing: another haprobe sends as cp-2"],
    [
      "not-forwarded",
      "The hub https://a does not take events (connection refused); 3 wait for it. The hub https://c does not take events (no answer within 10000 ms); 5 wait for it",
    ],
  ]);
});

test("there is none while every hub takes its events", () => {
  expect(createForwardFindings([hub("https://a", {}), hub("https://b", { state: "pending" })])).toEqual([]);
});
