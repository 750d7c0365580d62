import type { PastFleet, PastServer } from "../../server/contract/history.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { ProbeKind } from "../../server/contract/probe-result.ts";
import type { Reason } from "../../server/contract/reason.ts";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import type { Fleet } from "./fleet.ts";
import { listSites } from "./sites.ts";

/** How a probe ended, by the fault that is recorded. */
const KIND_OF: Readonly<Partial<Record<Reason, ProbeKind>>> = {
  "probe-refused": "refused",
  "probe-timed-out": "timed-out",
  "probe-reset": "reset",
  "probe-tls-failed": "tls-failed",
  "probe-certificate-expired": "tls-failed",
  "probe-untrusted": "tls-failed",
  "probe-dns-failed": "dns-failed",
  "probe-protocol-error": "protocol-error",
  "probe-cannot-speak": "protocol-error",
};

/**
 * The fleet of a past moment as the page shows it. What the history does not have comes from the evidence of the incidents
 * of that moment and, where the address is the same, from the server as it is now: mode, depth of the check, probed URL.
 */
export function toShownFleet(past: PastFleet, incidents: readonly Incident[], present: Fleet): Fleet {
  const evidence = new Map(
    incidents
      .filter(({ state }) => state !== "ended")
      .flatMap((incident) => incident.members.map(({ key }) => [key, incident.evidence.probe] as const)),
  );
  const healthy = new Map<string, number>();
  for (const { instance, backend, verdict } of past.servers) {
    const id = JSON.stringify([instance, backend]);
    healthy.set(id, (healthy.get(id) ?? 0) + (verdict === "agree-up" ? 1 : 0));
  }
  const servers = past.servers.map((server) =>
    toShownServer(
      server,
      (healthy.get(JSON.stringify([server.instance, server.backend])) ?? 0) - (server.verdict === "agree-up" ? 1 : 0),
      evidence.get(server.key) ?? null,
      present.servers.get(server.key),
    ),
  );
  const instances = past.instances.map((instance): InstanceStatus => {
    const { stats = "", everyMs = 1_000 } = present.instances.get(instance.name) ?? {};
    return { ...instance, stats: instance.stats ?? stats, everyMs: instance.everyMs ?? everyMs };
  });
  return {
    position: { version: past.version, epoch: past.epoch, seq: past.seq },
    servers: new Map(servers.map((server) => [server.key, server])),
    instances: new Map(instances.map((instance) => [instance.name, instance])),
    summary: { ...past.summary, canBeFalselyUp: past.summary.canBeFalselyUp ?? 0 },
    orderVersion: present.orderVersion + 1,
    sites: listSites(servers, instances),
  };
}

function toShownServer(
  server: PastServer,
  healthyLeft: number,
  evidence: Incident["evidence"]["probe"],
  present: ServerStatus | undefined,
): ServerStatus {
  const { haproxy, probe, reason, probeReason } = server;
  const same = present !== undefined && (server.address === null || present.address === server.address);
  const fault = probeReason ?? reason;
  const isAnswered = probe.httpStatus !== null || probe.outcome === "passed" || probe.outcome === "denied";
  const kind = isAnswered ? "answered" : fault === null ? null : (KIND_OF[fault] ?? null);
  // Evidence is of the opening: it says more only where the probe failed in the same way.
  const found = probe.outcome === "failed" && evidence?.httpStatus === probe.httpStatus ? evidence : null;
  return {
    ...server,
    mode: same ? present.mode : "",
    haproxy: {
      ...haproxy,
      usable: haproxy.usable ?? /^(UP|no check)/.test(haproxy.status),
      depth: same ? present.haproxy.depth : null,
      canNotice: same && server.verdict === "false-up" ? canNoticeThen(present.haproxy, isAnswered) : null,
      weight: haproxy.weight ?? 1,
      backup: haproxy.backup ?? (same && present.haproxy.backup),
      at: haproxy.at ?? "",
    },
    probe: {
      ...probe,
      kind: found?.kind ?? kind,
      stage: found?.stage ?? null,
      url: found?.url ?? (same ? present.probe.url : null),
      failing: failingAt(server.sentence, found?.failing ?? []),
      guessed: probe.guessed ?? false,
    },
    misrouted: { sessions: 0, held: 0, unit: same ? present.misrouted.unit : "sessions", share: null, healthyLeft },
  };
}

/** Whether HAProxy's check could notice a past failure, by how far it looks; null where that does not say. */
function canNoticeThen({ canNotice, depth }: ServerStatus["haproxy"], isAnswered: boolean): boolean | null {
  if (canNotice !== null) return canNotice;
  const isBlind = depth === "none" || (isAnswered && (depth === "connection" || depth === "tls"));
  return isBlind ? false : null;
}

/** Sub-checks that a recorded sentence names, at most three: `: etcd, ping failed`; those of the evidence where they begin the same. */
function failingAt(sentence: string, evidence: readonly string[]): readonly string[] {
  const list = /: (\S[^:;]*?)(?: and \d+ more)? failed(?:[.;]|$)/.exec(sentence)?.[1];
  if (list === undefined) return evidence;
  const named = list.split(", ");
  return named.every((name, place) => name === evidence[place]) ? evidence : named;
}
