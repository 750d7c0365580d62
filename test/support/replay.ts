import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { ProbeResult } from "../../server/contract/probe-result.ts";
import type { Phase, Verdict } from "../../server/contract/verdict.ts";
import type { ServerView } from "../../server/contract/view.ts";
import { isBlind, assessFleetReachability, NO_FLEET } from "../../server/judge/fleet-reachability.ts";
import { judgeServer } from "../../server/judge/judge-server.ts";
import type { ServerMemory } from "../../server/judge/server-memory.ts";
import type { TimedView } from "../../server/judge/observe-view.ts";
import { NO_CONTEXT } from "../../server/judge/judge-context.ts";
import { mayBePathFault } from "../../server/judge/path-suspicion.ts";
import { haproxyView, POLICY, TARGET } from "./judge-harness.ts";

/** A verdict of the replay: from now on the judge says this of `key`. */
export interface VerdictChange {
  readonly at: number;
  readonly key: string;
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: string | null;
}

/** What was true of one server from `from` to `to`. */
export interface GroundTruth {
  readonly key: string;
  readonly state: string;
  readonly from: number;
  to: number;
}

/** A recorded history: its lines in the order of time, the truth, and how deep HAProxy's check of each server looks. */
export interface RecordedHistory {
  readonly records: readonly HistoryRecord[];
  readonly truth: readonly GroundTruth[];
  readonly depth: ReadonlyMap<string, "N" | "L4" | "L6" | "L7">;
  /** How each server was set up: TLS or not, and the letter of its check's intervals (README of the fixtures). */
  readonly plan: ReadonlyMap<string, { readonly tls: boolean; readonly prof: string }>;
  readonly endsAt: number;
}

interface PollRecord {
  readonly y: "poll";
  readonly s: number;
  readonly t: number;
  readonly pid: string;
  readonly ch: readonly Record<string, string>[];
}
interface ProbeRecord {
  readonly y: "probe";
  readonly k: string;
  readonly s: number;
  readonly t: number;
  readonly stage: ProbeResult["stage"];
  readonly outcome: ProbeResult["outcome"];
  readonly kind: ProbeResult["kind"];
  readonly code?: number | string;
  readonly failing?: readonly string[];
}
type HistoryRecord = PollRecord | ProbeRecord | { readonly y: "block" | "pollfail"; readonly t: number };

const FOLDER = new URL("../fixtures/histories/", import.meta.url);

/** Reads a history of the fixtures by its name. */
export function readHistory(name: string): RecordedHistory {
  const lines = readLines<HistoryRecord>(`${name}.jsonl.gz`).sort((a, b) => a.t - b.t);
  const plan = JSON.parse(readFileSync(new URL(`${name}.plan.json`, FOLDER), "utf8")) as {
    servers: Record<string, { depth: "N" | "L4" | "L6" | "L7"; tls: boolean; prof: string }>;
  };
  const truth: GroundTruth[] = [];
  const open = new Map<string, GroundTruth>();
  const endsAt = lines.at(-1)?.t ?? 0;
  for (const { t, k, s } of readLines<{ t: number; k?: string; s?: string }>(`${name}.truth.jsonl.gz`)) {
    if (k === undefined || s === undefined) continue;
    const before = open.get(k);
    if (before !== undefined) before.to = t;
    const now = { key: k, state: s, from: t, to: endsAt };
    open.set(k, now);
    truth.push(now);
  }
  const servers = Object.entries(plan.servers);
  const depth = new Map(servers.map(([key, server]) => [key, server.depth]));
  return { records: lines, truth, endsAt, depth, plan: new Map(servers) };
}

function readLines<T>(file: string): T[] {
  const text = gunzipSync(readFileSync(new URL(file, FOLDER))).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

/** Plays a history through the judge, as the service would have seen it, and returns every change of a verdict. */
export function replayHistory({ records: lines }: RecordedHistory): VerdictChange[] {
  const said: VerdictChange[] = [];
  const memories = new Map<string, ServerMemory>();
  const rows = new Map<string, { row: Record<string, string>; seen: TimedView }>();
  const results = new Map<string, ProbeResult>();
  const siblings = new Map<string, ServerMemory["check"]["depth"]>();
  let [epoch, pausedUntil, polledAt, seq] = ["", Number.NEGATIVE_INFINITY, 0, 0];
  let fleet = NO_FLEET;
  let fleetAt = Number.NEGATIVE_INFINITY;

  const judge = (key: string, now: number): void => {
    const seen = rows.get(key)?.seen;
    if (seen === undefined) return;
    const result = results.get(key);
    const mayBeBlind = [...memories.values()].some(
      (memory) => memory.probe.failure !== null && mayBePathFault(memory.probe.failure),
    );
    if (mayBeBlind && now - fleetAt >= 100) {
      const members = [...memories].map(([target, memory]) => ({
        instance: "lab",
        target,
        host: target,
        port: 80,
        memory,
      }));
      fleet = assessFleetReachability(members, now);
      fleetAt = now;
    }
    const before = memories.get(key) ?? null;
    const { next, changed } = judgeServer(
      before,
      seen,
      result === undefined ? [] : [result],
      { kind: "target", target: { ...TARGET, key }, policy: POLICY },
      now,
      {
        ...NO_CONTEXT,
        epoch,
        pausedUntil,
        isStale: now - Math.max(polledAt, pausedUntil) > 5_000,
        siblingDepth: siblings.get(seen.view.backend) ?? null,
        othersRespondedSince: mayBeBlind ? fleet.othersRespondedSince : NO_FLEET.othersRespondedSince,
        isBlind: mayBeBlind && isBlind(fleet, "lab", key, 80),
      },
    );
    memories.set(key, next);
    if (next.check.depth !== null && next.check.depth !== "none") siblings.set(seen.view.backend, next.check.depth);
    if (changed)
      said.push({
        at: now,
        key,
        verdict: next.decision.verdict,
        phase: next.decision.phase,
        reason: next.decision.reason,
      });
  };

  for (const line of lines) {
    if (line.y === "poll") {
      polledAt = line.s;
      epoch = line.pid;
      for (const change of line.ch) {
        if (change["type"] !== "2") continue;
        const key = `${change["pxname"]}/${change["svname"]}`;
        const row = { ...rows.get(key)?.row, ...change };
        rows.set(key, { row, seen: { view: viewOf(row), at: line.s } });
      }
      for (const [key, entry] of rows) {
        entry.seen = { view: entry.seen.view, at: line.s };
        judge(key, line.t);
      }
    } else if (line.y === "probe") {
      seq += 1;
      results.set(line.k, resultOf(line, seq));
      judge(line.k, line.t);
    } else if (line.y === "block") {
      pausedUntil = line.t;
    }
  }
  return said;
}

function viewOf(row: Record<string, string>): ServerView {
  const number = (column: string): number | null => (row[column] ? Number(row[column]) : null);
  const view = haproxyView(row["status"] ?? "", row["check_status"] ?? "", {
    backend: row["pxname"] ?? "",
    server: row["svname"] ?? "",
    weight: number("weight") ?? 0,
    sessionsTotal: number("stot"),
    bytesOut: number("bout"),
    connectErrors: number("econ"),
    retries: number("wretr"),
  });
  const check = { health: number("check_health"), rise: number("check_rise"), fall: number("check_fall") };
  return { ...view, check: { ...view.check, ...check, code: number("check_code") } };
}

const FAULTS: Partial<Record<ProbeResult["kind"], ProbeResult["fault"]>> = {
  refused: "probe-refused",
  "timed-out": "probe-timed-out",
  reset: "probe-reset",
};

function resultOf(line: ProbeRecord, seq: number): ProbeResult {
  const failed = FAULTS[line.kind] ?? "probe-answered-unhealthy";
  return {
    vantage: "lab",
    target: line.k,
    seq,
    sentAt: line.s,
    endedAt: line.t,
    outcome: line.outcome,
    kind: line.kind,
    stage: line.stage,
    fault: line.outcome === "passed" ? null : line.outcome === "denied" ? "probe-denied" : failed,
    url: "http://127.0.0.1/readyz",
    httpStatus: typeof line.code === "number" ? line.code : null,
    failing: line.failing ?? [],
    phasesMs: { connect: null, tls: null, answer: null },
    body: "",
    htmlPage: false,
    certificateExpiresAt: null,
    detail: "",
  };
}
