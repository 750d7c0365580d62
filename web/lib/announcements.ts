import type { ServerStatus } from "../../server/contract/status.ts";
import { verdictLabel } from "./display-verdict.ts";
import { summarizeServer } from "./headline.ts";
import type { MismatchGroup } from "./mismatch-group.ts";
import { serverName } from "./sites.ts";

/** Texts for the live region: one for each mismatch that began, changed or ended. `now` is milliseconds of haprobe's clock. */
export function diffAnnouncements(
  before: readonly MismatchGroup[],
  after: readonly MismatchGroup[],
  servers: ReadonlyMap<string, ServerStatus>,
  now: number,
): string[] {
  const messages: string[] = [];
  const mismatchBefore = new Map(
    before.flatMap((mismatch) => mismatch.members.map((member) => [member.key, mismatch] as const)),
  );
  const keysAfter = new Set(after.flatMap((mismatch) => mismatch.members.map((member) => member.key)));
  for (const mismatch of after) {
    const previous = mismatch.members.map((member) => mismatchBefore.get(member.key)).find((m) => m !== undefined);
    if (
      previous === undefined ||
      previous.verdict !== mismatch.verdict ||
      previous.first.reason !== mismatch.first.reason
    ) {
      messages.push(`${verdictLabel(mismatch.first)}: ${summarizeServer(mismatch.first, now, mismatch.spansSites)}.`);
    }
  }
  for (const mismatch of before) {
    if (mismatch.members.some((member) => keysAfter.has(member.key))) continue;
    const server = servers.get(mismatch.first.key);
    const outcome = server === undefined ? "is gone from HAProxy" : `is now ${verdictLabel(server).toLowerCase()}`;
    messages.push(`${serverName(mismatch.first, mismatch.spansSites)} ${outcome}.`);
  }
  return messages;
}
