import type { HistoryInterval } from "../../server/contract/history.ts";

/** What is recorded of a server that is up in both; a test gives it its times. */
export const AGREE_UP: Omit<HistoryInterval, "from" | "to"> = {
  verdict: "agree-up",
  phase: null,
  reason: null,
  probeReason: null,
  sentence: "",
  tone: "ok",
  expected: false,
  haproxy: { status: "UP", checkStatus: "L4OK", checkCode: null },
  probe: { outcome: "passed", httpStatus: 200 },
  vantage: "here",
  address: null,
};
