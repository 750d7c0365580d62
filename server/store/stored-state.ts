import { BOUNDS } from "../bounds.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { Store, StoredPosition, VerdictStored } from "../contract/store.ts";
import type { VantageName } from "../contract/vantage.ts";
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

type ReadableStore = Pick<Store, "positions" | "openIncidents" | "incidents" | "verdictsAfter">;

/** What the store knows a haprobe by. */
export interface StoredIdentity extends Identity {
  readonly site: string;
}

/** Reads what the last process with this identity left. Rejects where the store cannot be read. */
export async function readStoredState(
  store: ReadableStore,
  identity: StoredIdentity,
  now: number,
): Promise<StoredState> {
  const { site, vantage, formerVantage, logId } = identity;
  const positions = await store.positions();
  const own = positions.find((position) => position.site === site && position.vantage === vantage);
  // Under another name, or in another site.
  const former = positions.find(
    (position) => position !== own && (position.logId === logId || isNamed(position, site, formerVantage)),
  );
  const others = positions.filter((position) => position !== own && position !== former);
  const names = [vantage, ...(former === undefined ? [] : [former.vantage])];
  // Where several haprobes use one database, ended incidents have no vantage.
  const recent = others.length > 0 ? [] : (await readRecentlyEnded(store, now)).toReversed();
  // Where the data directory was lost, another one with this vantage wrote meanwhile, or the site is another one.
  const isOtherLog = own === undefined ? former?.logId === logId : own.logId !== logId;
  return {
    isOtherLog,
    lastSeq: isOtherLog ? 0 : (own?.lastSeq ?? 0),
    heardBefore: (own ?? former)?.heardAt ?? null,
    // With others in the database, a hub reduces the incidents of all.
    incidents: others.length > 0 ? [] : [...recent, ...(await readOpen(store, names))],
    verdicts: own === undefined ? [] : await readVerdicts(store, own),
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
async function readVerdicts(store: ReadableStore, { site, vantage }: StoredPosition): Promise<VerdictStored[]> {
  const by: VantageName = { site, vantage };
  // Those of an earlier log have numbers of their own.
  const untilSeq = Number.MAX_SAFE_INTEGER;
  const verdicts: VerdictStored[] = [];
  for (let afterSeq = 0; ; ) {
    const page = await store.verdictsAfter({ by, afterSeq, untilSeq, atMost: BOUNDS.storeReadRows });
    verdicts.push(...page.filter((event) => event.type === "verdict-changed"));
    const last = page.at(-1);
    if (last === undefined || page.length < BOUNDS.storeReadRows) return verdicts;
    afterSeq = last.seq;
  }
}

function isNamed(position: StoredPosition, site: string, vantage: string | null): boolean {
  return position.site === site && position.vantage === vantage;
}
