import type { StatsColumn } from "../contract/incident.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { Target } from "../contract/target.ts";
import type { ServerEntry } from "./server-entry.ts";

/** How often a target is probed: slowly where all its servers are out of service. */
export type ProbePace = "normal" | "out-of-service";

/**
 * What the monitor asks of prober and pollers. Each action only schedules: none may deliver a result or a snapshot before
 * it returns, since the monitor calls them in the middle of applying one.
 */
export interface MonitorActions {
  scheduleTarget(target: Target, pace: ProbePace): void;
  removeTarget(targetKey: string): void;
  /** A further probe of this target soon can decide a verdict. */
  probeSoon(targetKey: string): void;
  /** True while a hang is confirmed: a hedged probe would only fill the server's accept queue. */
  suppressHedging(targetKey: string, on: boolean): void;
  /** A poll of this backend at once can decide a verdict. */
  pollSoon(instance: string, backend: string): void;
  /** HAProxy's newest row of a server, the columns that have a value; null where it is not kept. Called when an incident opens. */
  statsRow(instance: string, backend: string, server: string): readonly StatsColumn[] | null;
}

/** One target and what is known of it; changed by the registry alone. */
export interface TargetEntry {
  readonly target: Target;
  pace: ProbePace;
  result: ProbeResult | null;
  hedgingSuppressed: boolean;
  readonly servers: Set<ServerEntry>;
  /** Those of `servers` that are not out of service, by the last `updatePace` of each. */
  readonly inService: Set<ServerEntry>;
  /** Instances with a server of this target; null until it is needed. */
  instances: readonly InstanceName[] | null;
}

/** The servers and the newest result of each target; keeps the prober's schedule equal to it. */
export class TargetRegistry {
  readonly #entries = new Map<string, TargetEntry>();
  /** Why probes are sent without the rule's credentials, by target key. */
  readonly #credentialsWithheld = new Map<string, string>();
  readonly #actions: MonitorActions;

  constructor(actions: MonitorActions) {
    this.#actions = actions;
  }

  /** Adds a server to the target of its assignment; returns the target's newest result. */
  add(server: ServerEntry): ProbeResult | null {
    if (server.assignment.kind === "none") return null;
    const { target } = server.assignment;
    let entry = this.#entries.get(target.key);
    if (entry === undefined) {
      entry = {
        target,
        pace: "normal",
        result: null,
        hedgingSuppressed: false,
        servers: new Set(),
        inService: new Set(),
        instances: null,
      };
      this.#entries.set(target.key, entry);
      this.#actions.scheduleTarget(target, "normal");
    }
    entry.servers.add(server);
    entry.instances = null;
    // The server's state can differ from that of the others: its pace is then another one.
    this.updatePace(server);
    return entry.result;
  }

  /** Removes a server from its target, and a target without servers from the schedule. */
  remove(server: ServerEntry): void {
    if (server.assignment.kind === "none") return;
    const { key } = server.assignment.target;
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.servers.delete(server)) return;
    entry.inService.delete(server);
    entry.instances = null;
    if (entry.servers.size > 0) return;
    this.#entries.delete(key);
    this.#credentialsWithheld.delete(key);
    this.#actions.removeTarget(key);
  }

  find(key: string): TargetEntry | undefined {
    return this.#entries.get(key);
  }

  /** Keeps a result of this target; false for one that a newer result supersedes. */
  recordResult(entry: TargetEntry, result: ProbeResult): boolean {
    // A slow probe that ends after a newer one of its vantage shows an older state.
    if (entry.result?.vantage === result.vantage && result.sentAt < entry.result.sentAt) return false;
    entry.result = result;
    return true;
  }

  /** The instances with a server of this target. */
  instancesOf(entry: TargetEntry): readonly InstanceName[] {
    entry.instances ??= [...new Set([...entry.servers].map(({ instance }) => instance))];
    return entry.instances;
  }

  /** Has this server's target probed again soon. */
  probeSoon({ assignment }: ServerEntry): void {
    if (assignment.kind === "target") this.#actions.probeSoon(assignment.target.key);
  }

  /**
   * Sets the pace of a server's target: slow only where every server that shares it is out of service. Called for each
   * server whose state changes; takes the same time however many servers share the target.
   */
  updatePace(server: ServerEntry): void {
    if (server.assignment.kind === "none") return;
    const entry = this.#entries.get(server.assignment.target.key);
    if (entry === undefined || !entry.servers.has(server)) return;
    if (isOutOfService(server)) entry.inService.delete(server);
    else entry.inService.add(server);
    const pace: ProbePace = entry.inService.size === 0 ? "out-of-service" : "normal";
    if (pace === entry.pace) return;
    entry.pace = pace;
    this.#actions.scheduleTarget(entry.target, pace);
  }

  /** Stops hedged probes of a target while its hang is known, and allows them again afterwards. */
  updateHedging(entry: TargetEntry): void {
    const suppressed = isKnownHang(entry);
    if (entry.hedgingSuppressed === suppressed) return;
    entry.hedgingSuppressed = suppressed;
    this.#actions.suppressHedging(entry.target.key, suppressed);
  }

  /** Records why the probes of a target are sent without its rule's credentials. */
  setCredentialsWithheld(key: string, why: string | null): void {
    if (why === null) this.#credentialsWithheld.delete(key);
    else if (this.#entries.has(key)) this.#credentialsWithheld.set(key, why);
  }

  /** Why the probes of this server's target are sent without credentials; null where nothing is withheld. */
  credentialsWithheldWhy({ assignment }: ServerEntry): string | null {
    if (assignment.kind === "none" || this.#credentialsWithheld.size === 0) return null;
    return this.#credentialsWithheld.get(assignment.target.key) ?? null;
  }
}

function isOutOfService(server: ServerEntry): boolean {
  return server.memory?.haproxy.belief.kind === "off";
}

/** True where the last probe timed out and the verdict about it is final. */
function isKnownHang({ result, servers }: TargetEntry): boolean {
  if (result?.kind !== "timed-out") return false;
  for (const { memory } of servers) {
    if (memory?.decision.verdict === "agree-down" || memory?.decision.phase === "confirmed") return true;
  }
  return false;
}
