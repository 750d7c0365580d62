import type { Clock } from "../clock.ts";
import type { Finding } from "../contract/finding.ts";
import type { Incident, IncidentRecord } from "../contract/incident.ts";
import type { FaultReporter, LiveState } from "../contract/ports.ts";
import { type ServerKey, splitServerKey } from "../contract/server-key.ts";
import type { FleetSummary, InstanceStatus, ServerStatus } from "../contract/status.ts";
import { finish, summarizeInSteps } from "../judge/summary.ts";
import { getOrCreateBackend, countHealthyLeft } from "./backend-entry.ts";
import type { FindingRegistry } from "./finding-registry.ts";
import { listSummaryServers } from "./fleet-members.ts";
import type { IncidentRegistry } from "./incident-registry.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import { toIncident } from "./incident-status.ts";
import { toInstanceStatus } from "./instance-status.ts";
import type { Inventory } from "./inventory.ts";
import type { ServerEntry } from "./server-entry.ts";
import { toServerStatus } from "./server-status.ts";
import { resolveCheckDepth, resolveTrackedCheck } from "./tracked-check.ts";
import type { WallTime } from "./wall-time.ts";

export interface StatusReaderParts {
  readonly inventory: Inventory;
  readonly findings: FindingRegistry;
  readonly incidents: IncidentRegistry;
  readonly vantage: string;
  readonly wallTime: WallTime;
  readonly clock: Clock;
  readonly faults: FaultReporter;
}

/** Turns the current state into public objects, each at the time of the call. */
export class StatusReader implements LiveState {
  readonly #parts: StatusReaderParts;
  readonly #shownIncidents = new WeakMap<IncidentRecord, { readonly offset: number; readonly incident: Incident }>();

  constructor(parts: StatusReaderParts) {
    this.#parts = parts;
  }

  server(key: ServerKey): ServerStatus | null {
    const name = splitServerKey(key)?.instance;
    const instance = name === undefined ? undefined : this.#parts.inventory.instances.get(name);
    const server = instance?.servers.get(key);
    return instance === undefined || server === undefined ? null : this.status(instance, server);
  }

  /** Leaves out servers whose object cannot be made, and reports them. */
  *servers(): IterableIterator<ServerStatus> {
    for (const instance of this.#parts.inventory.instances.values()) {
      for (const server of instance.servers.values()) {
        const status = this.#statusOrFault(instance, server);
        if (status !== null) yield status;
      }
    }
  }

  *keys(): IterableIterator<ServerKey> {
    for (const instance of this.#parts.inventory.instances.values()) yield* instance.servers.keys();
  }

  instances(): readonly InstanceStatus[] {
    return [...this.#parts.inventory.instances.values()].map((instance) =>
      toInstanceStatus(instance, (at) => this.#iso(at)),
    );
  }

  summary(): FleetSummary {
    return finish(this.summaryInSteps());
  }

  summaryInSteps(): Generator<void, FleetSummary, void> {
    const instances = [...this.#parts.inventory.instances.values()];
    const failing = instances.filter((instance) => instance.error !== null || instance.isStale).length;
    return summarizeInSteps(listSummaryServers(instances, this.#parts.incidents), instances.length, failing);
  }

  findings(): readonly Finding[] {
    return this.#parts.findings.list(this.#parts.clock.now(), (at) => this.#iso(at));
  }

  *incidents(): Iterable<Incident> {
    for (const record of this.#parts.incidents.list()) yield this.#toIncident(record);
  }

  incident(id: string): Incident | null {
    const record = this.#parts.incidents.find(id);
    return record === null ? null : this.#toIncident(record);
  }

  /** One server of an instance; null before it was judged. */
  status(instance: InstanceEntry, server: ServerEntry): ServerStatus | null {
    const backend = getOrCreateBackend(instance, server.view.backend);
    return toServerStatus(server, {
      site: instance.settings.site,
      vantage: this.#parts.vantage,
      depth: resolveCheckDepth(instance, server),
      trackedCheck: resolveTrackedCheck(instance, server),
      healthyLeft: countHealthyLeft(backend, server),
      checkPace: backend.checkPace,
      expectedByPerson: this.#expectedByPerson(server),
      iso: (at) => this.#iso(at),
    });
  }

  #expectedByPerson({ key, memory }: ServerEntry): string | null {
    if (memory === null || memory.decision.phase === null) return null;
    return this.#parts.incidents.expectedWhy(key, memory.decision.verdict);
  }

  #statusOrFault(instance: InstanceEntry, server: ServerEntry): ServerStatus | null {
    try {
      return this.status(instance, server);
    } catch (error) {
      this.#parts.faults.recordFault({ part: "server", name: server.key, error });
      return null;
    }
  }

  /** The public object of an incident, made once for each record and offset of the wall clock. */
  #toIncident(record: IncidentRecord): Incident {
    const offset = this.#parts.wallTime.offset();
    const known = this.#shownIncidents.get(record);
    if (known?.offset === offset) return known.incident;
    const incident = toIncident(record, (at) => this.#iso(at));
    this.#shownIncidents.set(record, { offset, incident });
    return incident;
  }

  #iso(at: number): string {
    return this.#parts.wallTime.iso(at);
  }
}
