import type { PastFleet, PastInstance, PastServer } from "../contract/history.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import type { FleetEntry } from "../contract/store.ts";
import { summarize } from "../judge/summary.ts";
import { type GroupedSpans, spansOf } from "./group-spans.ts";
import { toPastServer, toUnrecordedServer } from "./past-server.ts";

/**
 * The fleet at `at`. `entries` are the newest judgement of each server in each vantage until then, `spans` the times in
 * which each vantage recorded. Of several vantages the one that judged last counts.
 */
export function toPastFleet(entries: readonly FleetEntry[], spans: GroupedSpans, at: number): PastFleet {
  const servers = [...newestOfEach(entries, spans, at).values()].map((entry) => {
    const end = recordedUntil(spans, entry, at);
    return end === at ? toPastServer(entry.server, entry) : toUnrecordedServer(entry.server, Math.max(entry.at, end));
  });
  return summarizePastFleet(servers, at);
}

/** The body of these servers as of `at`, with their instances. */
export function summarizePastFleet(servers: readonly PastServer[], at: number): PastFleet {
  const instances = toPastInstances(servers);
  return {
    version: CONTRACT_VERSION,
    epoch: new Date(at).toISOString(),
    seq: 0,
    type: "snapshot",
    servers,
    instances,
    summary: summarizePast(servers, instances),
  };
}

/** The counts and the sentence; how many can be falsely UP is not recorded. */
function summarizePast(servers: readonly PastServer[], instances: readonly PastInstance[]): PastFleet["summary"] {
  const failing = instances.filter(({ state }) => state !== "ok").length;
  const seen = servers.map((server) => ({ ...server, url: null, failing: [] }));
  return { ...summarize(seen, instances.length, failing), canBeFalselyUp: null };
}

function newestOfEach(
  entries: readonly FleetEntry[],
  spans: GroupedSpans,
  at: number,
): ReadonlyMap<string, FleetEntry> {
  const newest = new Map<string, FleetEntry>();
  for (const entry of entries) {
    const { site, instance, backend, server } = entry.server;
    const key = JSON.stringify([site, instance, backend, server]);
    const known = newest.get(key);
    if (known === undefined || rankOf(entry, spans, at) > rankOf(known, spans, at)) newest.set(key, entry);
  }
  return newest;
}

/** A vantage that recorded then goes before one that did not. */
function rankOf(entry: FleetEntry, spans: GroupedSpans, at: number): number {
  return recordedUntil(spans, entry, at) === at ? entry.at : Number.NEGATIVE_INFINITY;
}

/** `at` where the vantage recorded then, else the end of its last span before. */
export function recordedUntil(spans: GroupedSpans, { server: { site }, vantage }: FleetEntry, at: number): number {
  const last = spansOf(spans, { site, vantage }).findLast(({ from }) => from <= at);
  return last === undefined ? Number.NEGATIVE_INFINITY : Math.min(last.to, at);
}

/** The instances of these servers: one whose servers were all judged without HAProxy's answer is `stale`. */
function toPastInstances(servers: readonly PastServer[]): readonly PastInstance[] {
  const byName = Map.groupBy(servers, ({ instance }) => instance);
  return [...byName.entries()].map(([name, members]) => ({
    name,
    site: members[0]?.site ?? "",
    stats: null,
    state: members.every(({ reason }) => reason === "haproxy-stale")
      ? "stale"
      : members.every(({ reason }) => reason === "not-recorded")
        ? "pending"
        : "ok",
    version: null,
    pid: null,
    startedAt: null,
    servers: members.length,
    lastPollAt: null,
    pollDurationMs: null,
    everyMs: null,
    error: null,
  }));
}
