import type { ServerStatus } from "../../server/contract/status.ts";
import { type DisplayVerdict, displayVerdictOf } from "./display-verdict.ts";

/** What each lane shows for a while. */
export interface StripState {
  readonly haproxy: "up" | "counting" | "down" | "off" | "stale";
  readonly probe: "up" | "down" | "silent" | "absent";
  readonly verdict: DisplayVerdict;
  readonly expected: boolean;
}

/** A state from `at` (haprobe's clock) until the next run. */
export interface StripRun extends StripState {
  readonly at: number;
}

/** A time in which nobody told this page anything. */
export interface StripGap {
  readonly from: number;
  readonly to: number;
}

export const STRIP_WINDOW_MS = 15 * 60_000;
const RUNS_MAX = 400;
const GAPS_MAX = 100;

/** What both lanes look like now. */
export function stripState(server: ServerStatus): StripState {
  const kind = displayVerdictOf(server);
  const expected = server.expected !== null;
  return { haproxy: haproxyLane(server), probe: probeLane(server), verdict: kind, expected };
}

function haproxyLane(server: ServerStatus): StripState["haproxy"] {
  if (server.reason === "haproxy-stale") return "stale";
  if (server.verdict === "out-of-service") return "off";
  const status = server.haproxy.status;
  if (/^(UP|no check)/.test(status)) return /^UP \d/.test(status) ? "counting" : "up";
  return "down";
}

function probeLane(server: ServerStatus): StripState["probe"] {
  const { outcome } = server.probe;
  if (server.verdict === "unknown" && server.reason !== "haproxy-stale") return "silent";
  if (outcome === "passed") return "up";
  if (outcome === "failed") return "down";
  return server.verdict === "out-of-service" ? "absent" : "silent";
}

/** What this page was told of each server, as run-length lists. Old runs are dropped, gaps are never bridged. */
export class StripHistory {
  readonly #runs = new Map<string, StripRun[]>();
  #gaps: StripGap[] = [];
  #gapFrom: number | null = null;

  /** Takes what a message says of a server at `now`. The first run reaches back to its `since`, because haprobe says so. */
  record(server: ServerStatus, now: number): void {
    const state = stripState(server);
    const runs = this.#runs.get(server.key) ?? [];
    const last = runs.at(-1);
    if (last && same(last, state)) return;
    const since = Math.min(Date.parse(server.since), now);
    const isNews = last === undefined || last.verdict !== state.verdict;
    const at = isNews && since > (last?.at ?? Number.NEGATIVE_INFINITY) ? since : now;
    runs.push({ at, ...state });
    this.#runs.set(server.key, trimRuns(runs, now));
  }

  /** A server is gone, and its strip with it. */
  remove(key: string): void {
    this.#runs.delete(key);
  }

  /** Forgets every server that is not in `keys`. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#runs.keys()) if (!keys.has(key)) this.#runs.delete(key);
  }

  /** The connection is lost since `at`. */
  startGap(at: number): void {
    this.#gapFrom ??= at;
  }

  /** It is back; the time between stays empty. */
  endGap(at: number): void {
    if (this.#gapFrom !== null && at > this.#gapFrom) {
      this.#gaps = [...this.#gaps, { from: this.#gapFrom, to: at }].slice(-GAPS_MAX);
    }
    this.#gapFrom = null;
  }

  runs(key: string): readonly StripRun[] {
    return this.#runs.get(key) ?? [];
  }

  get gaps(): readonly StripGap[] {
    return this.#gaps;
  }
}

function same(a: StripState, b: StripState): boolean {
  return a.haproxy === b.haproxy && a.probe === b.probe && a.verdict === b.verdict && a.expected === b.expected;
}

/** Without the runs that ended before the window, and never more than the limit. */
function trimRuns(runs: readonly StripRun[], now: number): StripRun[] {
  const first = runs.findLastIndex((run) => run.at <= now - STRIP_WINDOW_MS);
  return runs.slice(Math.max(0, first)).slice(-RUNS_MAX);
}
