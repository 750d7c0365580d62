import type { ServerStatus } from "../../server/contract/status.ts";
import type { Judgement, StoredPosition, VantageVerdict } from "../../server/contract/store.ts";
import { faultOf } from "../../server/contract/store.ts";
import type { VantageRow } from "../../server/judge/read-vantage-word.ts";

/** The store's clock of these rows. */
export const NOW = Date.UTC(2026, 10, 22, 10, 2);

export const AGREES: Judgement = {
  verdict: "agree-up",
  phase: null,
  reason: null,
  probeReason: null,
  haproxyStatus: "UP",
  checkStatus: "L4OK",
  checkCode: null,
  probeOutcome: "passed",
  httpStatus: 200,
  sentence: "HAProxy says UP (L4OK); /readyz answers 200",
  tone: "ok",
  subject: null,
  expected: false,
};
export const ETCD: Judgement = {
  ...AGREES,
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
export const PATH_DIFFERS: Judgement = {
  ...AGREES,
  verdict: "unknown",
  reason: "path-differs",
  probeReason: "probe-refused",
  probeOutcome: "failed",
  httpStatus: null,
  sentence: "HAProxy says UP (L4OK); it refuses our connection. HAProxy connects and we do not",
  tone: "warning",
};

export interface RowOptions {
  readonly instance?: string;
  readonly server?: string;
  readonly heardAgoMs?: number;
  readonly home?: boolean;
  readonly saidAgoMs?: number;
  readonly status?: DeepPartial<ServerStatus>;
}

type DeepPartial<T> = { readonly [K in keyof T]?: T[K] extends object ? Partial<T[K]> : T[K] };

/** The row of `host-a` or another vantage about a server of lb-1. */
export function vantageRow(vantage: string, judgement: Judgement, options: RowOptions = {}): VantageRow {
  const { instance = "lb-1", server = "cp-1", heardAgoMs = 0, home = false, saidAgoMs = 10_000, status } = options;
  const verdict: Omit<VantageVerdict, "fault"> = {
    type: "verdict-changed",
    by: { site: "default", vantage },
    seq: 1,
    at: NOW - saidAgoMs,
    server: { site: "default", instance, backend: "k8s-api", server },
    address: { network: "default", host: "10.0.0.11", port: 6443 },
    judgement,
    beganAt: NOW - saidAgoMs,
    body: status === undefined ? null : JSON.stringify(status),
    traffic: null,
  };
  const stats = home ? "unix:/run/haproxy/admin.sock" : "tcp://10.0.0.2:9999";
  const position = {
    site: "default",
    vantage,
    logId: vantage,
    firstSeq: 2,
    lastSeq: 1,
    sentAt: NOW - heardAgoMs,
    heardAt: NOW - heardAgoMs,
    heardAgoMs,
    skewMs: 0,
    status: { version: "1.0.0", isBlind: false, instances: [{ name: instance, stats }] },
  } as unknown as StoredPosition;
  return { verdict: { ...verdict, fault: faultOf(verdict) }, position };
}
