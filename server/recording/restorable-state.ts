import { BOUNDS } from "../bounds.ts";
import type { MonitorEvent, VerdictChanged } from "../contract/event.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import { type ServerKey, serverKey } from "../contract/server-key.ts";
import type { RestoredState, RestoredVerdict } from "../monitor/monitor-options.ts";

/** What a monitor can be restored from, kept up to date by its events. */
export class RestorableState {
  /** Incidents that are open, or can be opened again; times in milliseconds since 1970. */
  readonly #incidents = new Map<string, IncidentRecord>();
  /** The newest verdict of each server. */
  readonly #verdicts = new Map<ServerKey, RestoredVerdict>();

  /** What was restored; of verdicts, those that no event has replaced. */
  add({ incidents, verdicts = [] }: Pick<RestoredState, "incidents"> & Partial<RestoredState>): void {
    for (const record of incidents) this.#incidents.set(record.id, record);
    for (const verdict of verdicts) {
      const { instance, backend, server } = verdict.server;
      const key = serverKey(instance, backend, server);
      if (!this.#verdicts.has(key)) this.#verdicts.set(key, verdict);
    }
  }

  apply(event: MonitorEvent): void {
    if ("incident" in event) this.#keepIncident(event.incident, event.at);
    else if (event.type === "verdict-changed") this.#keepVerdict(event);
    else if (event.type === "server-removed") this.#verdicts.delete(event.key);
  }

  /** The present state as lines. */
  encode(): Iterable<string> {
    return encodeRestored([...this.#incidents.values()], [...this.#verdicts.values()]);
  }

  #keepVerdict({ key, site, instance, backend, server, address, to, beganAt }: VerdictChanged): void {
    const { verdict } = to;
    this.#verdicts.set(key, { server: { site, instance, backend, server }, address, judgement: { verdict }, beganAt });
  }

  #keepIncident(record: IncidentRecord, now: number): void {
    this.#incidents.delete(record.id);
    this.#incidents.set(record.id, record);
    for (const { id, state } of this.#incidents.values()) {
      if (this.#incidents.size > BOUNDS.incidentsKept) this.#incidents.delete(id);
      else if (state.kind === "ended" && state.at < now - BOUNDS.reopenMs) this.#incidents.delete(id);
    }
  }
}

/** Lines of what a monitor is restored from, without evidence and what people said. */
export function* encodeRestored(
  incidents: readonly IncidentRecord[],
  verdicts: readonly RestoredVerdict[],
): Generator<string, void, void> {
  for (const { evidence: _e, acknowledgement: _a, expected: _x, notes: _n, ...incident } of incidents) {
    yield JSON.stringify(["I", incident]);
  }
  for (const verdict of verdicts) yield JSON.stringify(["V", verdict]);
}
