import type { ServerStatus } from "../../server/contract/status.ts";
import { type DisplayVerdict, displayVerdictOf } from "./display-verdict.ts";
import { checkText } from "./server-text.ts";

/** State of both lanes during a run. */
export interface StripState {
  /** `absent` on both sides: nothing was recorded. */
  readonly haproxy: "up" | "counting" | "down" | "off" | "stale" | "absent";
  readonly probe: "up" | "down" | "unknown" | "absent";
  readonly verdict: DisplayVerdict;
  readonly expected: boolean;
}

/** A state from `at` (haprobe's clock) until the next run. */
export interface StripRun extends StripState {
  readonly at: number;
  /** What both sides said at its beginning: `HAProxy UP L4OK, haprobe timed out`. */
  readonly words?: string;
}

/** A period without a connection. */
export interface StripGap {
  readonly from: number;
  readonly to: number;
}

const RUNS_MAX = 400;
/** Of all servers together, beside the newest one of each: a page that is left open stops growing at about 10 MB. */
const RUNS_OF_ALL_MAX = 100_000;
const GAPS_MAX = 100;

/** The fields of a server that its strip shows. */
export type StripSource = Pick<ServerStatus, "verdict" | "phase" | "reason" | "probeReason" | "expected"> & {
  readonly haproxy: Pick<ServerStatus["haproxy"], "status" | "checkStatus" | "checkCode">;
  readonly probe: Pick<ServerStatus["probe"], "outcome" | "httpStatus">;
};

/** State of both lanes. */
export function stripState(server: StripSource): StripState {
  const verdict = displayVerdictOf(server);
  const expected = server.expected !== null;
  return { haproxy: haproxyLane(server), probe: probeLane(server), verdict, expected };
}

/** Both sides in their own words: `HAProxy UP L4OK, haprobe timed out`. */
export function stripWords({ haproxy, probe, probeReason }: StripSource): string {
  const check = checkText(haproxy);
  const fault = probeReason?.replace(/^probe-/, "").replaceAll("-", " ");
  const answer = probe.httpStatus === null ? (fault ?? probe.outcome) : `${probe.httpStatus}`;
  return `HAProxy ${haproxy.status}${check === "" ? "" : ` ${check}`}, haprobe ${answer}`;
}

function haproxyLane(server: StripSource): StripState["haproxy"] {
  if (server.reason === "haproxy-stale") return "stale";
  if (server.verdict === "out-of-service") return "off";
  const status = server.haproxy.status;
  if (/^(UP|no check)/.test(status)) return /^UP \d/.test(status) ? "counting" : "up";
  return "down";
}

function probeLane(server: StripSource): StripState["probe"] {
  const { outcome } = server.probe;
  if (server.verdict === "unknown" && server.reason !== "haproxy-stale") return "unknown";
  if (outcome === "passed") return "up";
  if (outcome === "failed") return "down";
  return server.verdict === "out-of-service" ? "absent" : "unknown";
}

/** Run-length history of each server's state since the page was opened: its newest runs. Gaps are never bridged. */
export class StripHistory {
  readonly #runs = new Map<string, StripRun[]>();
  #runsOfAll = 0;
  #gaps: StripGap[] = [];
  #gapFrom: number | null = null;

  /** Records a server's state at `now`. The first run starts at the server's `since`. */
  record(server: ServerStatus, now: number): void {
    const state = stripState(server);
    const runs = this.#runs.get(server.key) ?? [];
    const last = runs.at(-1);
    if (last && isSameState(last, state)) return;
    const since = Math.min(Date.parse(server.since), now);
    const isNewVerdict = last === undefined || last.verdict !== state.verdict;
    const at = isNewVerdict && since > (last?.at ?? Number.NEGATIVE_INFINITY) ? since : now;
    runs.push({ at, ...state, words: stripWords(server) });
    this.#runs.set(server.key, runs);
    if (runs.length > RUNS_MAX) runs.shift();
    else this.#runsOfAll += 1;
    if (this.#runsOfAll - this.#runs.size > RUNS_OF_ALL_MAX) this.#dropOlderHalves();
  }

  #dropOlderHalves(): void {
    for (const runs of this.#runs.values()) this.#runsOfAll -= runs.splice(0, Math.floor(runs.length / 2)).length;
  }

  /** Drops the history of a removed server. */
  remove(key: string): void {
    this.#runsOfAll -= this.runs(key).length;
    this.#runs.delete(key);
  }

  /** Drops the history of every server that is not in `keys`. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#runs.keys()) if (!keys.has(key)) this.remove(key);
  }

  /** Starts a gap: the connection is lost. */
  startGap(at: number): void {
    this.#gapFrom ??= at;
  }

  /** Ends the gap: the connection is back. False without a gap. */
  endGap(at: number): boolean {
    const from = this.#gapFrom;
    this.#gapFrom = null;
    if (from === null || at <= from) return false;
    this.#gaps = [...this.#gaps, { from, to: at }].slice(-GAPS_MAX);
    return true;
  }

  /** Of a server; later runs are added to the same list. */
  runs(key: string): readonly StripRun[] {
    return this.#runs.get(key) ?? [];
  }

  get gaps(): readonly StripGap[] {
    return this.#gaps;
  }
}

function isSameState(a: StripState, b: StripState): boolean {
  return a.haproxy === b.haproxy && a.probe === b.probe && a.verdict === b.verdict && a.expected === b.expected;
}
