import { type InstanceName, type ServerKey, serverKey } from "../contract/server-key.ts";
import type { CheckDepth, CheckQuality } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { gradeCheck } from "../judge/check-quality.ts";
import type { TrackedCheck } from "../judge/judge-context.ts";
import { getOrCreateBackend } from "./backend-entry.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import type { ServerEntry } from "./server-entry.ts";

/** HAProxy refuses loops at its start; the bound is for an answer that is read while the chain changes. */
const TRACK_CHAIN_MAX = 16;

/** Key of the server that a view tracks; null for a server with its own check. */
export function trackedKeyOf(instance: InstanceName, { tracked }: ServerView): ServerKey | null {
  if (tracked === null) return null;
  const slash = tracked.lastIndexOf("/");
  return serverKey(instance, tracked.slice(0, slash), tracked.slice(slash + 1));
}

/** The server whose check decides: the server itself, or the end of its `track` chain; null where the end is unknown. */
function resolveTrackChain(instance: InstanceEntry, server: ServerEntry): ServerEntry | null {
  let end: ServerEntry = server;
  for (let hop = 0; hop < TRACK_CHAIN_MAX; hop += 1) {
    if (end.trackedKey === null) return end;
    const next = instance.servers.get(end.trackedKey);
    if (next === undefined) return null;
    end = next;
  }
  return null;
}

/** Depth of the check that decides for a server, as far as a row of its backend has shown it. */
export function resolveCheckDepth(instance: InstanceEntry, server: ServerEntry): CheckDepth | null {
  const end = resolveTrackChain(instance, server);
  return end === null
    ? null
    : (end.memory?.check.depth ?? getOrCreateBackend(instance, end.view.backend).observedCheck.depth);
}

/** The check that a server follows; null for a server with its own check, and where the end of its chain is unknown. */
export function resolveTrackedCheck(instance: InstanceEntry, server: ServerEntry): TrackedCheck | null {
  const end = server.view.tracked === null ? null : resolveTrackChain(instance, server);
  if (end === null) return null;
  return {
    depth: resolveCheckDepth(instance, end),
    check: end.view.check,
    isElsewhere: end.view.checkElsewhere,
    port: end.view.checkPort ?? null,
    accepts5xx: end.memory?.check.accepts5xx ?? false,
    deniedWhileDown: end.memory?.check.deniedWhileDown ?? false,
  };
}

/** The quality of the check that decides for a server; null where it is unknown. */
export function gradeDecidingCheck(instance: InstanceEntry, server: ServerEntry): CheckQuality | null {
  const end = resolveTrackChain(instance, server);
  if (end === null) return null;
  const { observedCheck } = getOrCreateBackend(instance, end.view.backend);
  return gradeCheck(end.view, resolveCheckDepth(instance, end), observedCheck, doesHttpApply(server));
}

/** A guess alone does not make SSH or MQTT on port 443 a server whose check should request a path. */
function doesHttpApply({ assignment, memory }: ServerEntry): boolean {
  if (assignment.kind !== "target") return false;
  return !assignment.target.guessed || memory?.probe.everAnsweredHttp === true;
}
