import type { IncidentMemberRecord, IncidentRecord } from "../../server/contract/incident.ts";
import type {
  IncidentWrite,
  InstanceStored,
  Judgement,
  LogPosition,
  OutboxDraft,
  StoredEvent,
  StoredServerName,
  VerdictStored,
  WriteBatch,
} from "../../server/contract/store.ts";

/** A wall-clock time to count from. */
export const T0 = Date.UTC(2026, 10, 27, 3, 0, 0);

export const CP_1: StoredServerName = { site: "default", instance: "lb-1", backend: "k8s-api", server: "cp-1" };
export const CP_2: StoredServerName = { ...CP_1, server: "cp-2" };

export const AGREE_UP: Judgement = {
  verdict: "agree-up",
  phase: null,
  reason: null,
  probeReason: null,
  haproxyStatus: "UP",
  checkStatus: "L4OK",
  checkCode: null,
  probeOutcome: "passed",
  httpStatus: 200,
  sentence: "Up, both agree",
  tone: "ok",
  subject: null,
  expected: false,
};

/** Not the same judgement as AGREE_UP, under the same verdict. */
export const EXPECTED_UP: Judgement = { ...AGREE_UP, expected: true };

export const FALSE_UP: Judgement = {
  ...AGREE_UP,
  verdict: "false-up",
  phase: "confirmed",
  reason: "probe-answered-unhealthy",
  probeReason: "probe-answered-unhealthy",
  probeOutcome: "failed",
  httpStatus: 500,
  sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
  tone: "critical",
  subject: "10.0.0.11:6443",
};

/** A verdict of CP_1 as event `seq`, one second per `seq` after T0. */
export function verdict(seq: number, fields: Partial<VerdictStored> = {}): VerdictStored {
  const at = T0 + seq * 1_000;
  return {
    type: "verdict-changed",
    seq,
    at,
    server: CP_1,
    address: { network: "default", host: "10.0.0.11", port: 6443 },
    judgement: AGREE_UP,
    beganAt: at,
    body: null,
    ...fields,
  };
}

/** A reload of lb-1 that was seen at `at`. */
export function reloaded(seq: number, at: number, fields: Partial<InstanceStored> = {}): InstanceStored {
  const instance = { site: "default", instance: "lb-1", epoch: "1234-2", error: null };
  return { type: "instance-changed", seq, at, ...instance, ...fields };
}

/** Where these events stand in the log `logId` of the vantage `host-a`. */
export function position(firstSeq: number, lastSeq: number, fields: Partial<LogPosition> = {}): LogPosition {
  return {
    site: "default",
    vantage: "host-a",
    logId: "log-a",
    writer: "process-a",
    takesOver: false,
    firstSeq,
    lastSeq,
    sentAt: T0 + lastSeq * 1_000,
    ...fields,
  };
}

/** A batch without anything but these parts. */
export function batch(parts: Partial<WriteBatch>): WriteBatch {
  return { source: null, events: [], incidents: [], outbox: [], timers: [], done: [], ...parts };
}

/** These events as the batch that carries them. */
export function batchOf(events: readonly StoredEvent[], fields: Partial<LogPosition> = {}): WriteBatch {
  return batch({ source: position(events[0]!.seq, events.at(-1)!.seq, fields), events });
}

/** A server as a member of an incident. */
export function member(name: StoredServerName, fields: Partial<IncidentMemberRecord> = {}): IncidentMemberRecord {
  return {
    ...name,
    key: `${name.instance}/${name.backend}/${name.server}`,
    since: T0,
    standing: "failing",
    traffic: {
      unit: "sessions",
      counts: { sessions: 12, backendSessions: 40, connectErrors: 0, responseErrors: 1, responses5xx: 7 },
      baseline: null,
      held: 2,
      standby: false,
      healthyLeft: 1,
      backupsInUse: 0,
    },
    ...fields,
  };
}

/** An open incident of CP_1 at its opening. */
export function incident(fields: Partial<IncidentRecord> = {}): IncidentRecord {
  return {
    id: "0193-1",
    version: 1,
    site: "default",
    network: "default",
    subject: "10.0.0.11:6443",
    verdict: "false-up",
    state: { kind: "open", flaps: 0 },
    reason: "probe-answered-unhealthy",
    sentence: FALSE_UP.sentence,
    urgency: "critical",
    changedAt: T0 + 1_000,
    suspectedAt: T0,
    confirmedAt: T0 + 1_000,
    detectionLagMs: null,
    evidence: {
      key: "lb-1/k8s-api/cp-1",
      row: [{ name: "status", value: "UP" }],
      probe: null,
      curl: "curl --verbose 'https://10.0.0.11:6443/readyz'",
      socat: null,
    },
    acknowledgement: null,
    expected: null,
    notes: [{ at: T0 + 2_000, name: "Ada", text: "on it" }],
    members: [member(CP_1)],
    changes: [{ n: 1, at: T0 + 1_000, what: "confirmed", who: null, text: FALSE_UP.sentence }],
    ...fields,
  };
}

export function incidentWrite(record: IncidentRecord, expectedVersion = record.version - 1): IncidentWrite {
  return { record, expectedVersion, fingerprint: `${record.verdict} ${record.subject}` };
}

/** Message `n` of a lane, due at once. */
export function message(n: number, fields: Partial<OutboxDraft> = {}): OutboxDraft {
  const lane = fields.lane ?? "chat/0193-1";
  return {
    id: `${lane}#${n}`,
    lane,
    n,
    incident: "0193-1",
    channel: "chat",
    kind: "firing",
    dueInMs: 0,
    body: "{}",
    ...fields,
  };
}
