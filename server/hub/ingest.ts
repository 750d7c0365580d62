import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { IngestOutcome, IngestReceiver, IngestRequest } from "../contract/ingest.ts";
import type { Store, StoredEvent } from "../contract/store.ts";
import type { VantageName } from "../contract/vantage.ts";
import { HaprobeError } from "../errors.ts";

/** A vantage whose last request was refused because another log has its name; monotonic time. */
export interface SupersededVantage extends VantageName {
  readonly at: number;
}

export interface IngestParts {
  readonly store: Pick<Store, "commit">;
  readonly clock: Clock;
  /** Called with each vantage whose events were applied. */
  readonly onApplied: (vantage: VantageName) => void;
}

/** Applies what vantages send, each batch once; a vantage appends only under its own name and site. */
export class Ingest implements IngestReceiver {
  readonly #parts: IngestParts;
  readonly #superseded = new Map<string, SupersededVantage>();

  constructor(parts: IngestParts) {
    this.#parts = parts;
  }

  /** Vantages that sent under a name that another log has, within the last three heartbeats. */
  superseded(): readonly SupersededVantage[] {
    const oldest = this.#parts.clock.now() - BOUNDS.supersededShownMs;
    for (const [key, { at }] of this.#superseded) if (at < oldest) this.#superseded.delete(key);
    return [...this.#superseded.values()];
  }

  async ingest({ position, events, status }: IngestRequest, sender: VantageName): Promise<IngestOutcome> {
    const { store, clock, onApplied } = this.#parts;
    if (position.site !== sender.site || position.vantage !== sender.vantage) {
      return { kind: "refused", detail: `The token is for ${nameOf(sender)} only.`, isContent: false };
    }
    const polled = new Set(status?.instances.map(({ name }) => name));
    const unpolled = status?.findings?.find(
      ({ subject }) => subject.instance !== null && !polled.has(subject.instance),
    );
    if (unpolled !== undefined) {
      const detail = `A finding is about ${unpolled.subject.instance ?? ""}, which this vantage does not poll.`;
      return { kind: "refused", detail, isContent: true };
    }
    const foreign = events.find((event) => (siteOf(event) ?? sender.site) !== sender.site);
    const foreignInstance = status?.instances.find(({ site }) => site !== sender.site);
    if (foreign !== undefined || foreignInstance !== undefined) {
      const site = foreignInstance?.site ?? (foreign === undefined ? "" : siteOf(foreign));
      return { kind: "refused", detail: `The token is for the site ${sender.site}, not ${site}.`, isContent: true };
    }
    const nothing = { incidents: [], outbox: [], timers: [], done: [] };
    try {
      const batch = {
        source: position,
        events,
        ...nothing,
        isForwarded: true,
        ...(status === undefined ? {} : { status }),
      };
      const outcome = await store.commit(batch);
      switch (outcome.kind) {
        case "applied":
        case "repeated":
          onApplied(sender);
          return { kind: "applied", seq: outcome.seq };
        case "gap":
          return outcome;
        case "superseded":
          this.#superseded.set(`${sender.site} ${sender.vantage}`, { ...sender, at: clock.now() });
          return outcome;
        case "conflict":
          return { kind: "later", retryInMs: BOUNDS.forwardRetryMinMs, detail: "The events conflict with others." };
      }
    } catch (error) {
      if (!(error instanceof HaprobeError)) throw error;
      return { kind: "later", retryInMs: BOUNDS.forwardRetryMinMs, detail: "The database cannot be written now." };
    }
  }
}

/** The site that an event is about; null for one about the vantage. */
function siteOf(event: StoredEvent): string | null {
  if ("server" in event) return event.server.site;
  return "site" in event ? event.site : null;
}

function nameOf({ site, vantage }: VantageName): string {
  return `${vantage} in ${site}`;
}
