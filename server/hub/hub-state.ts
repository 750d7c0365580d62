import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { type Finding, findingId } from "../contract/finding.ts";
import type { Incident, IncidentRecord } from "../contract/incident.ts";
import type { ChangeFeed, HubReader, LiveState, StateChange } from "../contract/ports.ts";
import { type ServerKey, serverKey, splitServerKey } from "../contract/server-key.ts";
import type { FleetSummary, InstanceStatus, ServerStatus } from "../contract/status.ts";
import type { StoredPosition, StoredServerName } from "../contract/store.ts";
import { type VantageName, type VantageReport, vantageKey } from "../contract/vantage.ts";
import { finish, summarizeInSteps } from "../judge/summary.ts";
import { joinFindings } from "../judge/join-findings.ts";
import { mergeVantages } from "../judge/merge-vantages.ts";
import { readVantageWord, vantageLabel } from "../judge/read-vantage-word.ts";
import type { ServerDifference } from "../judge/vantage-findings.ts";
import { toIncident } from "../monitor/incident-status.ts";
import { OwnView } from "./own-view.ts";
import { toHubRow } from "./server-row.ts";
import { isSilent, VantageFleet } from "./vantage-fleet.ts";

export interface HubStateParts {
  /** What the hub's own vantage sees. */
  readonly local: LiveState;
  readonly localChanges: ChangeFeed;
  readonly own: VantageName;
  readonly clock: Clock;
}

/**
 * What a hub shows: the servers of all vantages, merged where several see one, and the incidents of the tables. As long as
 * the hub's own vantage is the only one, all of it is that one's.
 */
export class HubState implements LiveState, ChangeFeed, HubReader {
  readonly fleet: VantageFleet;
  readonly #parts: HubStateParts;
  readonly #ownView: OwnView;
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #rows = new Map<ServerKey, ServerStatus>();
  /** Servers that some vantages reach well and some do not. */
  readonly #mixed = new Set<ServerKey>();
  /** Open and lately ended, by id. */
  readonly #incidents = new Map<string, IncidentRecord>();
  readonly #unsubscribe: () => void;
  /** The store's clock, ahead of ours. */
  #storeAheadMs = 0;
  #isCurrent = false;
  #isAlone = true;

  constructor(parts: HubStateParts) {
    this.#parts = parts;
    this.#ownView = new OwnView(parts.local);
    this.fleet = new VantageFleet((key, isRemoved) => this.#handleRow(key, isRemoved));
    this.#unsubscribe = parts.localChanges.subscribe((change) => this.#handleLocal(change));
  }

  /** True until another vantage was there. */
  get isAlone(): boolean {
    const own = vantageKey(this.#parts.own);
    this.#isAlone &&= this.fleet.positions().every((position) => vantageKey(position) === own);
    return this.#isAlone;
  }

  /** The tables were read, or could not be. */
  handleRead(isCurrent: boolean): void {
    this.#isCurrent = isCurrent;
    const [first] = this.fleet.positions();
    if (first !== undefined) this.#storeAheadMs = first.heardAt + first.heardAgoMs - this.#parts.clock.wall();
    this.#decideMixed();
    if (!this.isAlone) {
      for (const change of this.#ownView.rename((site, instance) => this.fleet.instanceName(site, instance)))
        this.#emitOwn(change);
    }
    for (const { name } of this.instances()) this.#emit({ kind: "instance", instance: name });
  }

  putIncidents(records: readonly IncidentRecord[]): void {
    for (const record of records) {
      const known = this.#incidents.get(record.id);
      if (known !== undefined && known.version >= record.version) continue;
      this.#incidents.delete(record.id);
      this.#incidents.set(record.id, record);
    }
    for (const [id, { state }] of this.#incidents) {
      if (this.#incidents.size <= BOUNDS.incidentsKept) return;
      if (state.kind === "ended") this.#incidents.delete(id);
    }
  }

  stop(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  /** How the vantages of each server differ where they do. */
  *differences(): Iterable<ServerDifference> {
    const now = this.#parts.clock.wall() + this.#storeAheadMs;
    for (const key of this.#mixed) {
      const names = splitServerKey(key);
      const merged = mergeVantages(this.fleet.rows(key).map(readVantageWord), now);
      if (names === null || merged === null || merged.difference === null) continue;
      yield { ...names, difference: merged.difference, sentence: merged.sentence };
    }
  }

  vantages(): readonly VantageReport[] {
    if (this.isAlone) return [];
    const own = vantageKey(this.#parts.own);
    return this.fleet
      .positions()
      .map((position) => this.#toReport(position, vantageKey(position) === own))
      .toSorted((a, b) => (vantageKey(a) < vantageKey(b) ? -1 : 1));
  }

  storedName(key: ServerKey): StoredServerName | null {
    return this.fleet.storedName(key);
  }

  subscribe(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  server(key: ServerKey): ServerStatus | null {
    const { own, clock } = this.#parts;
    const rows = this.fleet.rows(key);
    const ownKey = vantageKey(own);
    const others = rows.filter(({ verdict }) => vantageKey(verdict.by) !== ownKey);
    const status = this.#ownView.server(key);
    if (others.length === 0) return status;
    const known = this.#rows.get(key);
    // A row with the hub's own vantage in it moves with that one, without a change of the tables.
    if (known !== undefined && status === null) return known;
    const ownRow = rows.find(({ verdict }) => vantageKey(verdict.by) === ownKey);
    const ownSide = status === null || ownRow === undefined ? null : { vantage: vantageLabel(ownRow.verdict), status };
    const instance = splitServerKey(key)?.instance ?? "";
    const row = toHubRow(key, instance, rows, ownSide, clock.wall() + this.#storeAheadMs);
    if (row !== null) this.#rows.set(key, row);
    return row;
  }

  *servers(): IterableIterator<ServerStatus> {
    for (const key of this.keys()) {
      const row = this.server(key);
      if (row !== null) yield row;
    }
  }

  *keys(): IterableIterator<ServerKey> {
    const { local } = this.#parts;
    if (this.isAlone) return yield* local.keys();
    const seen = new Set<ServerKey>();
    for (const key of this.#ownView.keys()) {
      seen.add(key);
      yield key;
    }
    for (const key of this.fleet.keys()) if (!seen.has(key)) yield key;
  }

  instances(): readonly InstanceStatus[] {
    if (this.isAlone) return this.#parts.local.instances();
    const byName = new Map(this.#ownView.instances().map((instance) => [instance.name, instance]));
    for (const position of this.fleet.positions()) {
      for (const instance of reportedBy(position)) {
        const name = this.fleet.instanceName(instance.site, instance.name);
        const known = byName.get(name);
        if (known === undefined || isBetter(instance, known))
          byName.set(name, { ...instance, name, reportedBy: position.vantage });
      }
    }
    return [...byName.values()];
  }

  summary(): FleetSummary {
    return finish(this.summaryInSteps());
  }

  summaryInSteps(): Generator<void, FleetSummary, void> {
    if (this.isAlone) return this.#parts.local.summaryInSteps();
    const instances = this.instances();
    const failing = instances.filter(({ state }) => state === "failing" || state === "stale").length;
    const servers = Iterator.from(this.servers()).map((row) => ({
      ...row,
      url: row.probe.url,
      failing: row.probe.failing,
    }));
    return summarizeInSteps(servers, instances.length, failing);
  }

  findings(): readonly Finding[] {
    const { local, own } = this.#parts;
    if (this.isAlone) return local.findings();
    const ownKey = vantageKey(own);
    const others = this.fleet.positions().filter((position) => vantageKey(position) !== ownKey && !isSilent(position));
    return joinFindings(
      { by: own, findings: this.#ownView.findings() },
      others.map((position) => ({
        by: { site: position.site, vantage: position.vantage },
        findings: this.#findingsOf(position),
      })),
    );
  }

  /** What a vantage reports, with the names of its instances on the pages and times of the store's clock. */
  #findingsOf({ site, skewMs, status }: StoredPosition): readonly Finding[] {
    return (status?.findings ?? []).map((finding) => {
      const { code, subject, since } = finding;
      const instance = subject.instance === null ? null : this.fleet.instanceName(site, subject.instance);
      const shown = { ...finding, subject: { ...subject, instance }, since: toIso(Date.parse(since) - skewMs) };
      return { ...shown, id: findingId({ code, subject: shown.subject }) };
    });
  }

  *incidents(): Iterable<Incident> {
    if (this.#showsLocalIncidents()) return yield* this.#parts.local.incidents();
    const newestFirst = [...this.#incidents.values()].toSorted(
      (a, b) => b.confirmedAt - a.confirmedAt || (a.id < b.id ? 1 : -1),
    );
    for (const record of newestFirst) yield toIncident(this.#withShownNames(record), toIso);
  }

  incident(id: string): Incident | null {
    if (this.#showsLocalIncidents()) return this.#parts.local.incident(id);
    const record = this.#incidents.get(id);
    return record === undefined ? null : toIncident(this.#withShownNames(record), toIso);
  }

  /** The record with the keys of the pages, where an instance has its site behind its name. */
  #withShownNames(record: IncidentRecord): IncidentRecord {
    const members = record.members.map((member) => {
      const instance = this.fleet.instanceName(member.site, member.instance);
      if (instance === member.instance) return member;
      return { ...member, instance, key: serverKey(instance, member.backend, member.server) };
    });
    const place = record.members.findIndex(({ key }) => key === record.evidence.key);
    const key = members[place]?.key ?? record.evidence.key;
    return { ...record, members, evidence: { ...record.evidence, key } };
  }

  #toReport(position: StoredPosition, own: boolean): VantageReport {
    const { site, vantage, skewMs, lastSeq, heardAt, status } = position;
    return {
      site,
      vantage,
      own,
      state: isSilent(position) ? "silent" : status?.isBlind === true ? "blind" : "ok",
      version: status?.version ?? null,
      heardAt: toIso(heardAt - this.#storeAheadMs),
      skewMs,
      seq: lastSeq,
      behind: status?.behind ?? null,
      instances: (status?.instances ?? []).map((instance) => this.fleet.instanceName(instance.site, instance.name)),
    };
  }

  /** While the database is away, the hub's own incidents are all that is known. */
  #showsLocalIncidents(): boolean {
    return this.isAlone || !this.#isCurrent;
  }

  #handleRow(key: ServerKey, isRemoved: boolean): void {
    this.#rows.delete(key);
    const outcomes = new Set(this.fleet.rows(key).map(({ verdict }) => verdict.judgement.probeOutcome));
    if (outcomes.has("passed") && outcomes.has("failed")) this.#mixed.add(key);
    else this.#mixed.delete(key);
    // What the hub's own vantage alone sees, it reports itself.
    if (this.isAlone) return;
    const isGone = isRemoved && this.#ownView.server(key) === null;
    this.#emit(isGone ? { kind: "server-removed", key } : { kind: "server", key });
  }

  /** A vantage that passes contradicts one that fails with its next sign of life, which is no change of its own. */
  #decideMixed(): void {
    for (const key of this.#mixed) {
      const known = this.#rows.get(key);
      if (known === undefined || known.phase === null || known.phase === "confirmed") continue;
      this.#rows.delete(key);
      const next = this.server(key);
      if (next?.verdict !== known.verdict || next.phase !== known.phase) this.#emit({ kind: "server", key });
    }
  }

  #handleLocal(change: StateChange): void {
    this.#emitOwn(this.#ownView.toShown(change));
  }

  #emitOwn(change: StateChange): void {
    const isSeenElsewhere = change.kind === "server-removed" && this.fleet.rows(change.key).length > 0;
    this.#emit(isSeenElsewhere ? { kind: "server", key: change.key } : change);
  }

  #emit(change: StateChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** The instances of a vantage; what a silent one said of them is old. */
function reportedBy(position: StoredPosition): readonly InstanceStatus[] {
  const instances = position.status?.instances ?? [];
  return isSilent(position) ? instances.map((instance) => ({ ...instance, state: "stale" as const })) : instances;
}

const STATES: Readonly<Record<InstanceStatus["state"], number>> = { ok: 0, pending: 1, failing: 2, stale: 3 };

function isBetter(a: InstanceStatus, b: InstanceStatus): boolean {
  return STATES[a.state] < STATES[b.state];
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
