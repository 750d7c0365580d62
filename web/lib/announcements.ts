import type { ServerStatus } from "../../server/contract/status.ts";
import { verdictLabel } from "./display-verdict.ts";
import { summarizeServer } from "./headline.ts";
import type { MismatchGroup } from "./mismatch-group.ts";

/** What is said aloud when the open mismatches changed: new ones, changed ones, ended ones, and nothing else. */
export function diffAnnouncements(
  before: readonly MismatchGroup[],
  after: readonly MismatchGroup[],
  servers: ReadonlyMap<string, ServerStatus>,
  now: number,
): string[] {
  const said: string[] = [];
  const old = new Map(before.flatMap((mismatch) => mismatch.members.map((member) => [member.key, mismatch] as const)));
  const open = new Set(after.flatMap((mismatch) => mismatch.members.map((member) => member.key)));
  for (const mismatch of after) {
    const was = mismatch.members.map((member) => old.get(member.key)).find((m) => m !== undefined);
    if (was === undefined || was.verdict !== mismatch.verdict || was.first.reason !== mismatch.first.reason) {
      said.push(`${verdictLabel(mismatch.first)}: ${summarizeServer(mismatch.first, now)}.`);
    }
  }
  for (const mismatch of before) {
    if (mismatch.members.some((member) => open.has(member.key))) continue;
    const nowIs = servers.get(mismatch.first.key);
    const end = nowIs === undefined ? "is gone from HAProxy" : `is now ${verdictLabel(nowIs).toLowerCase()}`;
    said.push(`${mismatch.first.server} ${end}.`);
  }
  return said;
}
