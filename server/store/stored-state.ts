import { BOUNDS } from "../bounds.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { Store, VerdictStored } from "../contract/store.ts";
import { readRecentlyEnded } from "../history/recently-ended.ts";
import { incidentFingerprint } from "./incident-fingerprint.ts";
import type { Identity } from "./data-directory.ts";

/** What a store has of the haprobe that goes on with it. */
export interface StoredState {
  /** Another log of this vantage is there: the one of this directory may not go on. */
  readonly isOtherLog: boolean;
  readonly lastSeq: number;
  /** The last moment that is recorded, by the store's clock; null for none. */
  readonly heardBefore: number | null;
  /** Open ones, and those that recur under their id until `reopenMs` after their end. */
  readonly incidents: readonly IncidentRecord[];
  /** The newest of each server. */
  readonly verdicts: readonly VerdictStored[];
}

/** A store that has nothing. */
export const NOTHING_STORED: StoredState = {
  isOtherLog: false,
  lastSeq: 0,
  heardBefore: null,
  incidents: [],
  verdicts: [],
};

type ReadableStore = Pick<Store, "positions" | "openIncidents" | "incidents" | "currentVerdicts">;

/** Reads what the last process with this identity left. Rejects where the store cannot be read. */
export async function readStoredState(store: ReadableStore, identity: Identity, now: number): Promise<StoredState> {
  const positions = await store.positions();
  const own = positions.find(({ vantage }) => vantage === identity.vantage);
  const names = [identity.vantage, ...(identity.formerVantage === null ? [] : [identity.formerVantage])];
  const others = positions.map(({ vantage }) => vantage).filter((vantage) => !names.includes(vantage));
  // Where several haprobes use one database, ended incidents have no vantage.
  const recent = others.length > 0 ? [] : (await readRecentlyEnded(store, now)).toReversed();
  // Where the data directory was lost, or another one with this vantage wrote meanwhile.
  const isOtherLog = own !== undefined && own.logId !== identity.logId;
  return {
    isOtherLog,
    lastSeq: isOtherLog ? 0 : (own?.lastSeq ?? 0),
    heardBefore: (own ?? positions.find(({ vantage }) => vantage === identity.formerVantage))?.heardAt ?? null,
    // With others in the database, a hub reduces the incidents of all.
    incidents: others.length > 0 ? [] : [...recent, ...(await readOpen(store, names))],
    verdicts: own === undefined ? [] : await readVerdicts(store, identity.vantage, others),
  };
}

/** Those of this vantage alone; before they were about faults, their fingerprints began with it. */
async function readOpen(store: ReadableStore, vantages: readonly string[]): Promise<readonly IncidentRecord[]> {
  const all = await store.openIncidents(null);
  const faults = all.map(incidentFingerprint);
  const fingerprints = [...faults, ...faults.flatMap((fault) => vantages.map((vantage) => `${vantage} ${fault}`))];
  return fingerprints.length === 0 ? [] : store.openIncidents(fingerprints);
}

/** The newest verdict of each server of one vantage, page by page. */
async function readVerdicts(
  store: ReadableStore,
  vantage: string,
  others: readonly string[],
): Promise<readonly VerdictStored[]> {
  const skipped = Object.fromEntries(others.map((other) => [other, Number.MAX_SAFE_INTEGER]));
  const verdicts: VerdictStored[] = [];
  for (let after = 0; ; ) {
    const page = await store.currentVerdicts({ ...skipped, [vantage]: after }, BOUNDS.storeReadRows);
    verdicts.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < BOUNDS.storeReadRows) return verdicts;
    after = last.seq;
  }
}
