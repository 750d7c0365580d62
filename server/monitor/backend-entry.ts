import type { BackendView } from "../contract/view.ts";
import { type CheckPace, UNKNOWN_PACE } from "../judge/check-pace.ts";
import { provenDepth } from "../judge/check-depth.ts";
import { type ObservedCheck, UNOBSERVED_CHECK, observeCheck } from "../judge/check-quality.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import { BACKUP_IN_USE_POLLS, type ServerEntry, isViewJudged } from "./server-entry.ts";

/** One backend of one instance: its servers in HAProxy's order, and what their rows have shown about its check. */
export interface BackendEntry {
  view: BackendView | null;
  observedCheck: ObservedCheck;
  /** How often the checks here were seen to run. */
  checkPace: CheckPace;
  servers: ServerEntry[];
  /** Number of healthy servers; null until it is needed. */
  healthyCount: number | null;
  /** Backups that may receive traffic, as of the last update of the standby states. */
  backupsInUse: number;
  /** A row was judged before its poll was applied whole, so that its check is still to be observed. */
  isUnobserved: boolean;
}

function createBackendEntry(): BackendEntry {
  return {
    view: null,
    observedCheck: UNOBSERVED_CHECK,
    checkPace: UNKNOWN_PACE,
    servers: [],
    healthyCount: null,
    backupsInUse: 0,
    isUnobserved: false,
  };
}

/** The entry of a backend of this instance; created where it is missing. */
export function getOrCreateBackend(instance: InstanceEntry, name: string): BackendEntry {
  let backend = instance.backends.get(name);
  if (backend === undefined) instance.backends.set(name, (backend = createBackendEntry()));
  return backend;
}

/** After a reload the check may differ: only its depth is kept, until a row shows another one. */
export function resetObservedCheck(backend: BackendEntry): void {
  backend.observedCheck = { ...UNOBSERVED_CHECK, depth: backend.observedCheck.depth };
}

/** True where a row is not judged yet, or where passed time can put a backup in or out of use. */
export function hasUnjudged(backend: BackendEntry): boolean {
  return backend.servers.some((server) => !isViewJudged(server) || server.view.backup);
}

/** Reads the quality of the check from all rows of a poll; to be called before any of them is judged. */
export function observeChecks(backend: BackendEntry): void {
  for (const { view } of backend.servers) {
    if (view.state === "no-check" || view.tracked !== null) continue;
    backend.observedCheck = observeCheck(backend.observedCheck, view, provenDepth(view.check));
  }
}

/**
 * Marks the backups that receive no traffic. HAProxy uses the first usable backup once no active server is left
 * (all of them with `option allbackups`, which shows only in their counters).
 */
export function updateStandby(backend: BackendEntry): void {
  // Rows and standby states may differ now, so the number is counted again when it is needed.
  backend.healthyCount = null;
  let firstBackup: ServerEntry | null = null;
  let inUse = 0;
  for (const server of backend.servers) {
    const { view } = server;
    if (!view.backup) {
      server.isStandby = false;
      continue;
    }
    const routable = (view.state === "up" || view.state === "no-check") && view.weight > 0;
    const first = firstBackup === null && routable;
    if (first) firstBackup = server;
    const calledIn = first && backend.view !== null && backend.view.activeServers === 0;
    server.isStandby = !calledIn && server.idlePolls >= BACKUP_IN_USE_POLLS;
    if (routable && !server.isStandby) inUse += 1;
  }
  backend.backupsInUse = inUse;
}

/** Number of healthy servers of this backend besides `server`. */
export function countHealthyLeft(backend: BackendEntry, server: ServerEntry): number {
  backend.healthyCount ??= backend.servers.filter(isHealthy).length;
  return backend.healthyCount - (isHealthy(server) ? 1 : 0);
}

/** True for a server in use that HAProxy and the probe agree is up. */
export function isHealthy({ memory, isStandby }: ServerEntry): boolean {
  return memory?.decision.verdict === "agree-up" && !isStandby;
}
