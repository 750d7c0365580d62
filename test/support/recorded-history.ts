import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { RecordedStep, SaidVerdict } from "../../server/recording/recording-lines.ts";
import { readRecording } from "../../server/recording/read-recording.ts";
import { replayFiles } from "../recording/replay-files.ts";

/** What was true of one server from `from` to `to`. */
export interface GroundTruth {
  readonly key: string;
  readonly state: string;
  readonly from: number;
  to: number;
}

/** How a server was set up: the depth of its check, TLS or not, and the letter of its check's intervals. */
export interface ServerPlan {
  readonly depth: "N" | "L4" | "L6" | "L7";
  readonly tls: boolean;
  readonly prof: string;
}

/** A recording of a real HAProxy and what was true meanwhile. Keys are `backend/server`; times are milliseconds since 1970. */
export interface RecordedHistory {
  readonly steps: readonly RecordedStep[];
  readonly verdicts: readonly SaidVerdict[];
  readonly truth: readonly GroundTruth[];
  readonly plan: ReadonlyMap<string, ServerPlan>;
  readonly endsAt: number;
}

/** Reads a history of the fixtures by its name, and judges it. */
export async function readHistory(name: string): Promise<RecordedHistory> {
  const path = fileURLToPath(folder(`${name}.haprobe`));
  const steps: RecordedStep[] = [];
  for await (const batch of readRecording([path])) steps.push(...batch);
  const { replayed, span, faults } = await replayFiles([path], null);
  if (span === null || faults.length > 0) throw new Error(`${name} cannot be replayed`, { cause: faults[0]?.error });
  const verdicts = replayed
    .filter((said) => said.kind === "verdict")
    .map((said) => ({ ...said, key: said.key.slice(said.key.indexOf("/") + 1) }));
  const { servers } = JSON.parse(readFileSync(folder(`${name}.plan.json`), "utf8")) as {
    servers: Record<string, ServerPlan>;
  };
  return { steps, verdicts, truth: readTruth(name, span.to), plan: new Map(Object.entries(servers)), endsAt: span.to };
}

function readTruth(name: string, endsAt: number): GroundTruth[] {
  const truth: GroundTruth[] = [];
  const open = new Map<string, GroundTruth>();
  const lines = gunzipSync(readFileSync(folder(`${name}.truth.jsonl.gz`))).toString("utf8");
  for (const line of lines.trim().split("\n")) {
    const { t, k, s } = JSON.parse(line) as { t: number; k?: string; s?: string };
    if (k === undefined || s === undefined) continue;
    const before = open.get(k);
    if (before !== undefined) before.to = t;
    const now = { key: k, state: s, from: t, to: endsAt };
    open.set(k, now);
    truth.push(now);
  }
  return truth;
}

function folder(file: string): URL {
  return new URL(`../fixtures/histories/${file}`, import.meta.url);
}
