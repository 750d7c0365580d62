import type { MemberTraffic } from "../contract/incident.ts";
import type { PastServer } from "../contract/history.ts";
import type { ServerKey } from "../contract/server-key.ts";
import type { Misrouted, ProbeSide, ServerStatus, VantageSide } from "../contract/status.ts";
import type { MergedVerdict } from "../contract/vantage-word.ts";
import type { VantageVerdict } from "../contract/store.ts";
import { toPastServer } from "../history/past-server.ts";
import { shareOf } from "../judge/backend-traffic.ts";
import { mergeVantages } from "../judge/merge-vantages.ts";
import { readBody, readVantageWord, vantageLabel, type VantageRow } from "../judge/read-vantage-word.ts";
import { recordedCheck } from "./recorded-check.ts";

/**
 * The server object of what several vantages say, under `key`: the one that decides, with the merged verdict and a side for
 * each. `now` is the store's clock; `own` is the hub's own object, newer than its row. Null where none says anything.
 */
export function toHubRow(
  key: ServerKey,
  instance: string,
  rows: readonly VantageRow[],
  own: { readonly vantage: string; readonly status: ServerStatus } | null,
  now: number,
): ServerStatus | null {
  const words = rows.map(readVantageWord);
  const merged = mergeVantages(words, now);
  const deciding = rows.find(({ verdict }) => vantageLabel(verdict) === merged?.deciding) ?? rows[0];
  if (merged === null || deciding === undefined) return null;
  const label = vantageLabel(deciding.verdict);
  const base = own?.vantage === label ? own.status : toStatus(deciding.verdict);
  const probes = rows.map((row, index): VantageSide => {
    const word = words[index] ?? readVantageWord(row);
    const status = own?.vantage === word.vantage ? own.status : toStatus(row.verdict);
    const { verdict, phase, reason, sentence } = word;
    const uncounted = merged.uncounted.find(({ vantage }) => vantage === word.vantage)?.why ?? null;
    const heardAt = new Date(word.heardAt).toISOString();
    const side: ProbeSide = { ...status.probe, vantage: word.vantage };
    return {
      ...side,
      home: word.isHome,
      haproxy: toHaproxy(row.verdict),
      verdict,
      phase,
      reason,
      sentence,
      uncounted,
      heardAt,
    };
  });
  return { ...base, ...toMerged(merged, base), key, instance, probe: { ...base.probe, vantage: label }, probes };
}

function toHaproxy({ judgement }: VantageVerdict): VantageSide["haproxy"] {
  const { haproxyStatus, checkStatus, checkCode } = judgement;
  return { status: haproxyStatus, checkStatus: checkStatus as VantageSide["haproxy"]["checkStatus"], checkCode };
}

function toMerged(merged: MergedVerdict, base: ServerStatus): Partial<ServerStatus> {
  const { verdict, phase, reason, sentence, since } = merged;
  if (verdict === base.verdict && phase === base.phase && reason === base.reason) {
    return { sentence };
  }
  const tone =
    phase === "confirmed" ? "critical" : phase === null ? (verdict === "agree-up" ? "ok" : "quiet") : "warning";
  // What takes the server in was made for the other verdict.
  return { verdict, phase, reason, sentence, restore: null, since: new Date(since).toISOString(), tone };
}

/** The server object that came with a mismatch, else what its judgement says. */
function toStatus(row: VantageVerdict): ServerStatus {
  const body = readBody(row.body);
  if (body !== null && body.verdict === row.judgement.verdict) {
    const { phase, reason, sentence, tone } = row.judgement;
    const misrouted = row.traffic == null ? body.misrouted : toMisrouted(row.traffic);
    return { ...body, misrouted, probes: [], phase, reason, sentence, tone } as ServerStatus;
  }
  const entry = { ...row.judgement, at: row.at, beganAt: row.beganAt, vantage: row.by.vantage, address: row.address };
  return withDefaults(toPastServer(row.server, entry), row);
}

/** What the vantage has counted since it sent the server object. */
function toMisrouted({ unit, counts, held, healthyLeft }: MemberTraffic): Misrouted {
  return { sessions: counts.sessions, held, unit, share: shareOf(counts), healthyLeft };
}

/** What is not kept of a server without a mismatch has the value that says least. */
function withDefaults(past: PastServer, row: VantageVerdict): ServerStatus {
  const { at, judgement } = row;
  const { kind, stage } = readVantageWord({ verdict: row, position: null }).probe;
  const usable = /^(UP|no check)/.test(judgement.haproxyStatus);
  const { depth, quality } = recordedCheck(judgement);
  return {
    ...past,
    quality,
    probes: [],
    haproxy: { ...past.haproxy, depth, usable, weight: 1, backup: false, at: new Date(at).toISOString() },
    probe: { ...past.probe, kind, stage, guessed: false },
    misrouted: { sessions: 0, held: 0, unit: "sessions", share: null, healthyLeft: 0 },
  };
}
