import type { MonitorEvent } from "./event.ts";
import type { Finding } from "./finding.ts";
import type { Incident, IncidentAction } from "./incident.ts";
import type { ProbePhases } from "./probe-result.ts";
import type { InstanceName, ServerKey } from "./server-key.ts";
import type {
  DeltaMessage,
  FleetSummary,
  InstanceStatus,
  ServerStatus,
  SnapshotMessage,
  StreamPosition,
} from "./status.ts";
import type { StoredServerName } from "./store.ts";
import type { VantageReport } from "./vantage.ts";

/**
 * Receives the monitor's events in order, one at a time. While a returned promise is pending, later events wait in a
 * queue of `sinkQueueEvents`, beyond which the oldest are dropped. A throw or rejection is counted and the next event follows.
 */
export interface EventSink {
  /** Names the sink in logs, metrics and findings. */
  readonly name: string;
  apply(event: MonitorEvent): void | Promise<void>;
}

/** A sink that applies each event within the call. */
export interface SyncEventSink extends EventSink {
  apply(event: MonitorEvent): void;
}

/** Where sinks subscribe to the monitor's events; the returned function ends the subscription. */
export interface EventSource {
  subscribe(sink: EventSink): () => void;
}

/** Where errors of haprobe's own code are kept to. */
export const FAULT_PARTS = [
  "instance",
  "target",
  "server",
  "tick",
  "findings",
  "publication",
  "sink",
  "process",
] as const;

/** An error of haprobe's own code, kept to the instance, target, server or sink where it happened. */
export interface InternalFault {
  readonly part: (typeof FAULT_PARTS)[number];
  /** Name of the instance or sink, key of the target or server; empty where there is only one. */
  readonly name: string;
  readonly error: unknown;
}

/** Counts and logs what went wrong in haprobe itself. Must not throw. */
export interface FaultReporter {
  recordFault(fault: InternalFault): void;
  /** The queue of this sink was full and an event was dropped. */
  recordSinkDrop(sink: string): void;
}

/** The current state, which REST of one server, `check` and the metrics read. */
export interface LiveState {
  server(key: ServerKey): ServerStatus | null;
  /** In HAProxy's order within a backend, in the order of first appearance among instances and backends. */
  servers(): IterableIterator<ServerStatus>;
  /** Keys in the order of `servers()`, also of servers that are not judged yet. */
  keys(): IterableIterator<ServerKey>;
  instances(): readonly InstanceStatus[];
  summary(): FleetSummary;
  /** The same in steps, between which the event loop may run. */
  summaryInSteps(): Generator<void, FleetSummary, void>;
  /** Worst first. */
  findings(): readonly Finding[];
  /** Open and lately ended, newest first; each object is made when it is reached. */
  incidents(): Iterable<Incident>;
  /** Null for an unknown id, and for an incident that is no longer kept. */
  incident(id: string): Incident | null;
}

/** What only a hub knows. */
export interface HubReader {
  /** Those of the database, by site and name; none while this hub is the only one. */
  vantages(): readonly VantageReport[];
  /** The name in the store of a server, whose instance may have its site behind it on the pages; null for an unknown one. */
  storedName(key: ServerKey): StoredServerName | null;
}

/** What people can do. */
export interface IncidentActions {
  /** Returns the incident afterwards; null for an unknown id. Rejects while the store is away that has it. */
  applyAction(id: string, action: IncidentAction): Promise<Incident | null>;
}

/** A place in the list of incidents, which begins with the newest. */
export type IncidentPosition = Pick<Incident, "confirmedAt" | "id">;

/** Incidents that are no longer in memory. */
export interface IncidentArchive {
  /** At most `limit` incidents that follow `after`, newest first; some of them may still be in memory. Rejects while the store is away. */
  list(query: {
    readonly open: boolean | null;
    readonly after: IncidentPosition | null;
    readonly limit: number;
  }): Promise<readonly Incident[]>;
  /** Null for an unknown id. Rejects while the store is away. */
  find(id: string): Promise<Incident | null>;
}

/** What a reader sees of a server or instance changed; a moving counter is no change. */
export type StateChange =
  | { readonly kind: "server"; readonly key: ServerKey }
  | { readonly kind: "server-removed"; readonly key: ServerKey }
  | { readonly kind: "instance"; readonly instance: InstanceName }
  | { readonly kind: "instance-removed"; readonly instance: InstanceName };

/** Emits each change unbatched; subscribers batch. The returned function ends the subscription. */
export interface ChangeFeed {
  subscribe(listener: (change: StateChange) => void): () => void;
}

/** The last published state, the same in lists and streams at every `seq`. */
export interface PublishedState {
  snapshot(): SnapshotMessage;
  /** Calls back with each later delta, in order and without gaps; the returned function ends it. */
  subscribe(listener: (delta: DeltaMessage) => void): () => void;
  /** The message, or a response with some of its rows, as JSON in UTF-8, made once and shared by all connections. */
  toJsonBytes(message: StreamPosition & { readonly servers: readonly ServerStatus[] }): Uint8Array<ArrayBuffer>;
  /** Resolves when the JSON of all rows is made, in slices, so that `toJsonBytes` of the whole state costs little. */
  prepareJsonBytes(): Promise<void>;
  /** The same bytes as `toJsonBytes`, made in slices and kept by none but the caller. */
  renderJsonBytes(
    message: StreamPosition & { readonly servers: readonly ServerStatus[] },
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/** The content of `/readyz`. */
export interface Readiness {
  /** A line for each part that is not ready; empty when ready. */
  notReady(): readonly string[];
  /** Lines that do not make the service unready, such as an unreachable HAProxy. */
  remarks(): readonly string[];
}

/** What polls and probes cost, recorded as they happen. */
export interface Measurements {
  recordPoll(instance: InstanceName, durationMs: number, ok: boolean): void;
  /** A probe ended; `own-fault` is one that this machine did not manage to send. */
  recordProbe(outcome: string): void;
  /** Milliseconds of the phases of a probe, once for each instance that leads to its target. */
  recordPhases(instance: InstanceName, phases: Partial<ProbePhases>): void;
}
