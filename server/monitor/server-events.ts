import type {
  AddressChanged,
  EvidenceChanged,
  InstanceReachability,
  NetworkAddress,
  ServerRemoved,
  VerdictChanged,
  VerdictState,
} from "../contract/event.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { ServerName } from "../contract/server-key.ts";
import type { ServerStatus } from "../contract/status.ts";
import type { ServerAddress } from "../contract/view.ts";
import type { DecisionMemory, ServerMemory } from "../judge/server-memory.ts";
import type { ServerEntry } from "./server-entry.ts";

type Payload<Event> = Omit<Event, "id" | "seq" | "at">;

/** The names of a server, as events and incidents carry them. */
export function toServerName({ key, view }: ServerEntry, { name, site }: InstanceSettings): ServerName {
  return { key, site, instance: name, backend: view.backend, server: view.server };
}

/** Event of a verdict, phase or reason that differs from `before`; `beganAt` is in milliseconds since 1970. */
export function verdictChanged(
  server: ServerEntry,
  instance: InstanceSettings,
  before: ServerMemory | null,
  status: ServerStatus,
  beganAt: number,
): Payload<VerdictChanged> {
  const from = before === null ? null : toVerdictState(before.decision);
  return { type: "verdict-changed", from, ...judgementOf(server, instance, status, beganAt) };
}

/** Event of evidence that differs from that of the last event, under the same verdict, phase and reason. */
export function evidenceChanged(
  server: ServerEntry,
  instance: InstanceSettings,
  status: ServerStatus,
  beganAt: number,
): Payload<EvidenceChanged> {
  return { type: "evidence-changed", ...judgementOf(server, instance, status, beganAt) };
}

function judgementOf(
  server: ServerEntry,
  instance: InstanceSettings,
  status: ServerStatus,
  beganAt: number,
): Omit<Payload<EvidenceChanged>, "type"> {
  return {
    ...toServerName(server, instance),
    address: toNetworkAddress(server.view.address, instance),
    to: {
      verdict: status.verdict,
      phase: status.phase,
      reason: status.reason,
      probeReason: status.probeReason,
      haproxyStatus: status.haproxy.status,
      checkStatus: status.haproxy.checkStatus,
      checkCode: status.haproxy.checkCode,
      probeOutcome: status.probe.outcome,
      httpStatus: status.probe.httpStatus,
    },
    subject: status.subject,
    beganAt,
    expected: status.expected !== null,
    sentence: status.sentence,
    tone: status.tone,
  };
}

export function addressChanged(
  server: ServerEntry,
  instance: InstanceSettings,
  from: ServerAddress,
): Payload<AddressChanged> {
  return {
    type: "address-changed",
    ...toServerName(server, instance),
    address: toNetworkAddress(server.view.address, instance),
    from: toNetworkAddress(from, instance),
  };
}

export function serverRemoved(server: ServerEntry, instance: InstanceSettings): Payload<ServerRemoved> {
  return {
    type: "server-removed",
    ...toServerName(server, instance),
    address: toNetworkAddress(server.view.address, instance),
  };
}

/** Event of the first failed poll (`error` set) or the first good one after it. */
export function instanceReachability(
  { name, site }: InstanceSettings,
  error: { readonly code: string; readonly message: string } | null,
): Payload<InstanceReachability> {
  return {
    type: "instance-reachability",
    site,
    instance: name,
    error: error === null ? null : { code: error.code, message: error.message },
  };
}

function toVerdictState({ verdict, phase, reason }: DecisionMemory): VerdictState {
  return { verdict, phase, reason };
}

function toNetworkAddress(address: ServerAddress, { network }: InstanceSettings): NetworkAddress | null {
  return address.kind === "ip" ? { network, host: address.host, port: address.port } : null;
}
