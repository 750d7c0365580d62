import { BOUNDS } from "../bounds.ts";
import { type ServerKey, serverKey } from "../contract/server-key.ts";
import type {
  Judgement,
  ServerStored,
  StoredPosition,
  StoredServerName,
  VantageVerdict,
  VerdictStored,
} from "../contract/store.ts";
import { type VantageName, vantageKey } from "../contract/vantage.ts";
import type { VantageRow } from "../judge/read-vantage-word.ts";

/** What a hub holds of one vantage. */
interface KnownVantage {
  position: StoredPosition;
  /** Of the newest requests, newest first. */
  skews: readonly number[];
  /** Up to where its rows are known. */
  readSeq: number;
  /** By the identity of the server in the store. */
  readonly rows: Map<string, VantageVerdict>;
}

/** The newest verdict of each server in each vantage, and the keys under which the pages have them. */
export class VantageFleet {
  readonly #vantages = new Map<string, KnownVantage>();
  /** Vantages and identities by the key of the pages. */
  readonly #byKey = new Map<ServerKey, { readonly name: StoredServerName; readonly vantages: Set<string> }>();
  /** Sites of each instance's name. */
  readonly #sitesOf = new Map<string, Map<string, number>>();
  /** Equal judgements are one object. */
  readonly #judgements = new Map<string, Judgement>();
  readonly #onChange: (key: ServerKey, isRemoved: boolean) => void;

  constructor(onChange: (key: ServerKey, isRemoved: boolean) => void) {
    this.#onChange = onChange;
  }

  positions(): readonly StoredPosition[] {
    return Array.from(this.#vantages.values(), ({ position }) => position);
  }

  keys(): IterableIterator<ServerKey> {
    return this.#byKey.keys();
  }

  /** What each vantage says of a server; empty for an unknown one. */
  rows(key: ServerKey): readonly VantageRow[] {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return [];
    const identity = identityOf(entry.name);
    return [...entry.vantages].flatMap((each) => {
      const vantage = this.#vantages.get(each);
      const verdict = vantage?.rows.get(identity);
      return vantage === undefined || verdict === undefined ? [] : [{ verdict, position: vantage.position }];
    });
  }

  /** The name in the store of a server; null for an unknown one. */
  storedName(key: ServerKey): StoredServerName | null {
    return this.#byKey.get(key)?.name ?? null;
  }

  /** Names that stand in several sites, whose instances are shown with their site. */
  sharedNames(): readonly string[] {
    return [...this.#sitesOf].filter(([, sites]) => sites.size > 1).map(([name]) => name);
  }

  /** The name of an instance on the pages. */
  instanceName(site: string, instance: string): string {
    return (this.#sitesOf.get(instance)?.size ?? 0) > 1 ? `${instance}.${site}` : instance;
  }

  /** Takes a newer position, whose clock is that of the fastest request lately; the number after which its rows are to be read, or null where none moved. */
  move(newer: StoredPosition): number | null {
    const key = vantageKey(newer);
    const known = this.#vantages.get(key);
    if (known === undefined) {
      this.#vantages.set(key, { position: newer, skews: [newer.skewMs], readSeq: -1, rows: new Map() });
      return -1;
    }
    if (newer.heardAt !== known.position.heardAt)
      known.skews = [newer.skewMs, ...known.skews].slice(0, BOUNDS.vantageSkewRequests);
    // A request under way makes a clock look late, never early.
    const position = { ...newer, skewMs: Math.max(...known.skews) };
    const isOtherLog = known.position.logId !== position.logId || position.lastSeq < known.readSeq;
    const wasSilent = isSilent(known.position);
    known.position = position;
    if (isOtherLog) {
      for (const { server } of known.rows.values()) this.#remove(key, server);
      known.rows.clear();
      known.readSeq = -1;
    }
    if (wasSilent !== isSilent(position)) for (const { server } of known.rows.values()) this.#emit(server);
    return known.readSeq < position.lastSeq ? known.readSeq : null;
  }

  /** Drops the vantages that are not among these any more. */
  keep(positions: readonly VantageName[]): void {
    const kept = new Set(positions.map(vantageKey));
    for (const [key, { rows }] of this.#vantages) {
      if (kept.has(key)) continue;
      for (const { server } of rows.values()) this.#remove(key, server);
      this.#vantages.delete(key);
    }
  }

  /** Applies what a vantage said up to `readSeq`. */
  apply(by: VantageName, events: readonly (VerdictStored | ServerStored)[], readSeq: number): void {
    const key = vantageKey(by);
    const vantage = this.#vantages.get(key);
    if (vantage === undefined) return;
    for (const event of events) {
      const identity = identityOf(event.server);
      if (event.type === "verdict-changed") {
        const isNew = !vantage.rows.has(identity);
        vantage.rows.set(identity, { ...event, judgement: this.#intern(event.judgement), by, fault: null });
        if (isNew) this.#add(key, event.server);
        this.#emit(event.server);
      } else if (vantage.rows.delete(identity)) {
        this.#remove(key, event.server);
      }
    }
    vantage.readSeq = readSeq;
  }

  #intern(judgement: Judgement): Judgement {
    const text = JSON.stringify(judgement);
    const known = this.#judgements.get(text);
    if (known !== undefined) return known;
    if (this.#judgements.size >= BOUNDS.hubJudgementsMax) this.#judgements.clear();
    this.#judgements.set(text, judgement);
    return judgement;
  }

  #keyOf({ site, instance, backend, server }: StoredServerName): ServerKey {
    return serverKey(this.instanceName(site, instance), backend, server);
  }

  #emit(name: StoredServerName): void {
    this.#onChange(this.#keyOf(name), false);
  }

  #add(vantage: string, name: StoredServerName): void {
    this.#countSite(name, 1);
    const key = this.#keyOf(name);
    const entry = this.#byKey.get(key);
    if (entry === undefined) this.#byKey.set(key, { name, vantages: new Set([vantage]) });
    else entry.vantages.add(vantage);
  }

  #remove(vantage: string, name: StoredServerName): void {
    const key = this.#keyOf(name);
    const entry = this.#byKey.get(key);
    entry?.vantages.delete(vantage);
    const isLast = entry?.vantages.size === 0;
    if (isLast) this.#byKey.delete(key);
    this.#onChange(key, isLast);
    this.#countSite(name, -1);
  }

  /** With the second site of a name, and without it, its servers have other keys. */
  #countSite({ site, instance }: StoredServerName, change: 1 | -1): void {
    const sites = this.#sitesOf.get(instance) ?? new Map<string, number>();
    this.#sitesOf.set(instance, sites);
    const wasShared = sites.size > 1;
    const count = (sites.get(site) ?? 0) + change;
    if (count > 0) sites.set(site, count);
    else sites.delete(site);
    if (sites.size === 0) this.#sitesOf.delete(instance);
    if (wasShared !== sites.size > 1) this.#rename(instance);
  }

  #rename(instance: string): void {
    for (const [key, entry] of [...this.#byKey]) {
      if (entry.name.instance !== instance) continue;
      const next = this.#keyOf(entry.name);
      if (next === key) continue;
      this.#byKey.delete(key);
      this.#byKey.set(next, entry);
      this.#onChange(key, true);
      this.#onChange(next, false);
    }
  }
}

/** A vantage that was not heard for three heartbeats. */
export function isSilent({ heardAgoMs }: Pick<StoredPosition, "heardAgoMs">): boolean {
  return heardAgoMs > BOUNDS.vantageSilentAfterMs;
}

function identityOf({ site, instance, backend, server }: StoredServerName): string {
  return JSON.stringify([site, instance, backend, server]);
}
