import type { ForwardStatus } from "../contract/vantage.ts";
import type { FindingDraft } from "./findings.ts";
import { createOwnFinding, createSharedNameFinding } from "./own-findings.ts";

/** Findings about hubs that do not take the events of this haprobe: at most one of each kind, with all its hubs. */
export function createForwardFindings(hubs: readonly ForwardStatus[]): readonly FindingDraft[] {
  const superseded = hubs
    .filter(({ state }) => state === "superseded")
    .map(({ url, error }) => `The hub ${url} takes nothing: ${error ?? ""}`);
  const failing = hubs
    .filter(({ state }) => state === "failing")
    .map(({ url, error, behind }) => `The hub ${url} does not take events (${error ?? ""}); ${behind} wait for it`);
  const drafts = [
    createSharedNameFinding(superseded.join(". ")),
    createOwnFinding(
      "not-forwarded",
      failing.join(". "),
      "Check its address, the token and the network. Everything is kept for a day and sent as soon as it answers.",
    ),
  ];
  return drafts.filter(({ sentence }) => sentence !== "");
}
