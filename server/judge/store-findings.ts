import { BOUNDS } from "../bounds.ts";
import type { StoreStatus } from "../contract/store-status.ts";
import type { FindingDraft } from "./findings.ts";
import { createOwnFinding, createSharedNameFinding } from "./own-findings.ts";

/** Findings about the store: it is not open, for the reason `away`, or writes wait for it. */
export function createStoreFindings(
  status: StoreStatus,
  away: { readonly message: string; readonly remedy: string } | null,
): readonly FindingDraft[] {
  if (away !== null) {
    const sentence = `Nothing outlives a restart: ${away.message}`;
    return [
      createOwnFinding("store-unavailable", sentence, `${away.remedy} It is opened as soon as that is possible.`),
    ];
  }
  if (status.isSuperseded) {
    return [createSharedNameFinding(`The database takes nothing: ${status.error ?? ""}`)];
  }
  if (status.behindMs < BOUNDS.storeBehindAfterMs) return [];
  const { event, incident, message } = status.queued;
  const waiting = `${event} changes, ${incident} incidents and ${message} messages wait for the store`;
  return [
    createOwnFinding(
      "store-behind",
      status.error === null ? waiting : `${waiting}: ${status.error}`,
      "Look at the disk of the data directory, or at the database. Polls, probes and verdicts go on; incidents and messages wait, old history is dropped first.",
    ),
  ];
}
