import type { Clock } from "../clock.ts";
import type { ChangeFeed, LiveState } from "../contract/ports.ts";
import type { Store } from "../contract/store.ts";
import type { VantageName } from "../contract/vantage.ts";
import { createHubFindings } from "../judge/hub-findings.ts";
import { createVantageFindings } from "../judge/vantage-findings.ts";
import type { FindingDraft } from "../judge/findings.ts";
import type { ToFleet } from "../history/history-reader.ts";
import { toPastFleet } from "../history/past-fleet.ts";
import { listDoubledInstances } from "./doubled-instances.ts";
import { HubState } from "./hub-state.ts";
import { IncidentReducer, type IncidentReducerParts } from "./incident-reducer.ts";
import { Ingest } from "./ingest.ts";
import { toPastHubFleet } from "./past-hub-fleet.ts";
import { TableTail } from "./table-tail.ts";

export interface HubParts extends Omit<IncidentReducerParts, "store"> {
  readonly store: Store;
  readonly local: LiveState;
  readonly localChanges: ChangeFeed;
  readonly own: VantageName;
  readonly clock: Clock;
  readonly onFindings: (findings: readonly FindingDraft[]) => void;
}

/** A haprobe on a shared database: takes what vantages send, follows the tables, and reduces what all of them say. */
export class Hub {
  readonly state: HubState;
  readonly ingest: Ingest;
  readonly #parts: HubParts;
  readonly #tail: TableTail;
  readonly #reducer: IncidentReducer;
  #isReducing = false;
  #shownFindings = "";

  constructor(parts: HubParts) {
    const { store, clock } = parts;
    this.#parts = parts;
    this.state = new HubState(parts);
    this.#reducer = new IncidentReducer(parts);
    this.#tail = new TableTail({
      store,
      fleet: this.state.fleet,
      clock,
      onIncidents: (records) => this.state.putIncidents(records),
      onRead: (error) => this.#handleRead(error),
    });
    this.ingest = new Ingest({ store, clock, onApplied: () => this.#tail.wake() });
  }

  /** False while this haprobe is the only vantage of the database: then it keeps its own incidents. */
  get isReducing(): boolean {
    return this.#isReducing;
  }

  start(): void {
    this.#tail.start();
  }

  async stop(): Promise<void> {
    await this.#tail.stop();
    await this.#reducer.stop();
    this.state.stop();
  }

  /** The fleet of a past moment, as all vantages saw it. */
  readonly pastFleet: ToFleet = async (entries, spans, at) => {
    if (this.state.isAlone) return toPastFleet(entries, spans, at);
    const positions = await this.#parts.store.positions();
    const { fleet } = this.state;
    return toPastHubFleet(entries, spans, at, {
      positions,
      nameOf: (site, instance) => fleet.instanceName(site, instance),
    });
  };

  #handleRead(error: unknown): void {
    this.state.handleRead(error === null);
    if (error !== null) return;
    // Once another vantage was there, its words may be part of any incident.
    if (!this.#isReducing && !this.state.isAlone) {
      this.#isReducing = true;
      this.#reducer.start();
    } else if (this.#isReducing) this.#reducer.wake();
    this.#reportFindings();
  }

  #reportFindings(): void {
    const { fleet } = this.state;
    const facts = {
      positions: fleet.positions(),
      superseded: this.ingest.superseded(),
      sharedNames: fleet.sharedNames(),
      doubledNames: listDoubledInstances(fleet.positions()),
    };
    const findings = this.state.isAlone
      ? []
      : [...createHubFindings(facts), ...createVantageFindings(this.state.differences())];
    const text = JSON.stringify(findings);
    if (text === this.#shownFindings) return;
    this.#shownFindings = text;
    this.#parts.onFindings(findings);
  }
}
