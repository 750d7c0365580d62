import type { ForwardStatus } from "../contract/vantage.ts";
import type { FindingDraft } from "./findings.ts";
import { createOwnFinding } from "./own-findings.ts";

/** Findings about hubs that do not take the events of this haprobe. */
export function createForwardFindings(hubs: readonly ForwardStatus[]): readonly FindingDraft[] {
  return hubs.flatMap(({ url, state, error, behind }) => {
    if (state === "superseded") {
      const advice = "Give each haprobe a name of its own with `vantage:`, or stop the other one and restart this one.";
      return [createOwnFinding("vantage-name-shared", `The hub ${url} takes nothing: ${error ?? ""}`, advice)];
    }
    if (state !== "failing") return [];
    const sentence = `The hub ${url} does not take events (${error ?? ""}); ${behind} wait for it`;
    const advice =
      "Check its address, the token and the network. Everything is kept for a day and sent as soon as it answers.";
    return [createOwnFinding("not-forwarded", sentence, advice)];
  });
}
