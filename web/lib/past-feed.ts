import type { ChangesBeside, PastFleet } from "../../server/contract/history.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { Fleet } from "./fleet.ts";
import { incidentAt } from "./incident-at.ts";
import { toShownFleet } from "./past-fleet.ts";
import type { RestClient } from "./rest-client.ts";

/** The past moment that the page shows. */
export interface PastState {
  readonly at: number;
  /** Null until it is loaded, and where it cannot be. */
  readonly fleet: Fleet | null;
  /** Those that had begun, as they were then. */
  readonly incidents: readonly Incident[];
  /** Why the moment cannot be shown; null while it can. */
  readonly error: string | null;
}

const SERVERS_PER_PAGE = 10_000;
const SERVER_PAGES_MAX = 20;
const INCIDENTS_PER_PAGE = 200;
const INCIDENT_PAGES_MAX = 10;
/** Incidents whose evidence is loaded, as cards and rows show it. */
const EVIDENCE_MAX = 50;

/** Loads the fleet and the incidents of a past moment, the newest one that is wanted, one at a time. */
export class PastFeed {
  readonly #rest: RestClient;
  readonly #present: () => Fleet | null;
  readonly #listeners = new Set<() => void>();
  #state: PastState | null = null;
  #wanted: number | null = null;
  #loading: AbortController | null = null;

  /** `present` is the fleet as it is now, for what the history does not have. */
  constructor(rest: RestClient, present: () => Fleet | null) {
    this.#rest = rest;
    this.#present = present;
  }

  /** Null: the page shows the present. */
  get state(): PastState | null {
    return this.#state;
  }

  /** Calls `listener` after each change; the returned function unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows this moment, null for the present. What was shown stays until the moment is loaded, unless `isOpening`. */
  show(at: number | null, isOpening = false): void {
    if (at === this.#wanted) return;
    this.#wanted = at;
    this.#loading?.abort();
    this.#loading = null;
    if (at === null) return this.#setState(null);
    if (isOpening) this.#setState({ at, fleet: null, incidents: [], error: null });
    void this.#load(at);
  }

  /** Loads the moment again, after an error. */
  retry(): void {
    if (this.#wanted !== null) void this.#load(this.#wanted);
  }

  /** The nearest recorded change before (-1) or after (1) a moment; null for none. */
  async findChange(at: number, step: -1 | 1): Promise<number | null> {
    const path = `api/v1/changes?at=${new Date(at).toISOString()}`;
    const { before, after } = await this.#rest.getJson<ChangesBeside>(path, AbortSignal.timeout(10_000));
    const found = step === -1 ? before : after;
    return found === null ? null : Date.parse(found);
  }

  stop(): void {
    this.#loading?.abort();
    this.#listeners.clear();
  }

  async #load(at: number): Promise<void> {
    const loading = new AbortController();
    this.#loading = loading;
    try {
      const [past, incidents] = await Promise.all([
        this.#fetchFleet(at, loading.signal),
        this.#fetchIncidents(at, loading.signal),
      ]);
      const present = this.#present();
      if (this.#loading !== loading || present === null) return;
      this.#setState({ at, fleet: toShownFleet(past, incidents, present), incidents, error: null });
    } catch (cause) {
      if (this.#loading !== loading) return;
      this.#setState({ at, fleet: null, incidents: [], error: cause instanceof Error ? cause.message : String(cause) });
    }
  }

  async #fetchFleet(at: number, signal: AbortSignal): Promise<PastFleet> {
    const path = `api/v1/servers?at=${new Date(at).toISOString()}&limit=${SERVERS_PER_PAGE}`;
    const first = await this.#rest.getJson<PastFleet & { next: string | null }>(path, signal);
    const servers = [...first.servers];
    let { next } = first;
    for (let pages = 1; next !== null && pages < SERVER_PAGES_MAX; pages += 1) {
      const page: typeof first = await this.#rest.getJson(`${path}&next=${encodeURIComponent(next)}`, signal);
      servers.push(...page.servers);
      next = page.next;
    }
    return { ...first, servers };
  }

  /** Those that were confirmed by then, newest first, until one that had ended: those before it matter no more. */
  async #fetchIncidents(at: number, signal: AbortSignal): Promise<readonly Incident[]> {
    const found: Incident[] = [];
    let next: string | null = null;
    for (let pages = 0; pages < INCIDENT_PAGES_MAX; pages += 1) {
      const path = `api/v1/incidents?brief=true&until=${new Date(at).toISOString()}&limit=${INCIDENTS_PER_PAGE}${next === null ? "" : `&next=${encodeURIComponent(next)}`}`;
      const page: { incidents: readonly Incident[]; next: string | null } = await this.#rest.getJson(path, signal);
      found.push(...page.incidents);
      next = page.next;
      if (next === null || found.some(({ endedAt }) => endedAt !== null && Date.parse(endedAt) <= at)) break;
    }
    const open = found.filter(({ endedAt }) => endedAt === null || Date.parse(endedAt) > at).slice(0, EVIDENCE_MAX);
    const whole = await Promise.all(
      open.map(({ id }) => this.#rest.getJson<Incident>(`api/v1/incidents/${encodeURIComponent(id)}`, signal)),
    );
    const byId = new Map(whole.map((incident) => [incident.id, incident]));
    return found.flatMap((incident) => {
      const full = byId.get(incident.id);
      if (full === undefined) return [incident];
      return incidentAt(full, at) ?? [];
    });
  }

  #setState(state: PastState | null): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
