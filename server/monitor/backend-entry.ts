import type { BackendView } from "../contract/view.ts";
import { provenDepth } from "../judge/check-depth.ts";
import { type ObservedCheck, UNOBSERVED_CHECK, observeCheck } from "../judge/check-quality.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import { BACKUP_IN_USE_POLLS, type ServerEntry, wasJudged } from "./server-entry.ts";

/** One backend of one instance: its servers in HAProxy's order and what their rows proved about its check. */
export interface BackendEntry {
  view: BackendView | null;
  proof: ObservedCheck;
  /** Longest time that a check here was seen to take from one move of its health to the next. */
  longestGapMs: number;
  servers: ServerEntry[];
  /** How many are good, counted when asked and kept until a verdict changes. */
  healthy: number | null;
}

function newBackend(): BackendEntry {
  return { view: null, proof: UNOBSERVED_CHECK, longestGapMs: 0, servers: [], healthy: null };
}

/** The entry of a backend of this instance; made where it is new. */
export function backendOf(instance: InstanceEntry, name: string): BackendEntry {
  let backend = instance.backends.get(name);
  if (backend === undefined) instance.backends.set(name, (backend = newBackend()));
  return backend;
}

/** After a reload the check may be another; its depth is believed until a row shows another one. */
export function forgetAcceptance(backend: BackendEntry): void {
  backend.proof = { ...UNOBSERVED_CHECK, depth: backend.proof.depth };
}

/** True where a row says something that was not judged yet, or where a backup may be called in or sent away by time alone. */
export function hasNews(backend: BackendEntry): boolean {
  return backend.servers.some((server) => !wasJudged(server) || server.view.backup);
}

/** Learns from all rows of a poll, before any of them is judged. */
export function learnFromRows(backend: BackendEntry): void {
  for (const { view } of backend.servers) {
    if (view.state === "no-check" || view.tracked !== null) continue;
    backend.proof = observeCheck(backend.proof, view, provenDepth(view.check));
  }
}

/**
 * Marks the backups that get no traffic. HAProxy uses the first usable backup once no active server is left
 * (all of them with `option allbackups`, which shows only in their counters).
 */
export function markStandby(backend: BackendEntry): void {
  // Rows may have come and gone, and backups may be in use now: counted anew when it is asked for.
  backend.healthy = null;
  let firstBackup: ServerEntry | null = null;
  for (const server of backend.servers) {
    const { view } = server;
    if (!view.backup) {
      server.standby = false;
      continue;
    }
    const routable = (view.state === "up" || view.state === "no-check") && view.weight > 0;
    const first = firstBackup === null && routable;
    if (first) firstBackup = server;
    const calledIn = first && backend.view !== null && backend.view.activeServers === 0;
    server.standby = !calledIn && server.idlePolls >= BACKUP_IN_USE_POLLS;
  }
}

/** Servers of this backend, without `server`, that are in use and that both witnesses find good. */
export function healthyLeft(backend: BackendEntry, server: ServerEntry): number {
  backend.healthy ??= backend.servers.filter(isHealthy).length;
  return backend.healthy - (isHealthy(server) ? 1 : 0);
}

/** In use, and both witnesses find it good. */
export function isHealthy({ memory, standby }: ServerEntry): boolean {
  return memory?.verdict === "agree-up" && !standby;
}
