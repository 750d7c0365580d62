import type { IncidentRecord } from "../contract/incident.ts";
import type { TrafficDraft } from "./stored-event.ts";

/** The traffic of members as the log has it last, so that an event about an incident adds only what moved. */
export class CountedTraffic {
  readonly #written = new Map<string, ReadonlyMap<string, string>>();

  /** The drafts for the members whose traffic moved; an ended incident is forgotten. */
  takeMoved({ id, network, verdict, subject, members, state }: IncidentRecord, at: number): readonly TrafficDraft[] {
    const before = this.#written.get(id);
    const now = new Map<string, string>();
    const drafts: TrafficDraft[] = [];
    for (const { key, site, instance, backend, server, traffic } of members) {
      const content = JSON.stringify(traffic);
      now.set(key, content);
      if (before?.get(key) === content) continue;
      const fault = `${network} ${verdict} ${subject}`;
      drafts.push({ type: "traffic-counted", at, server: { site, instance, backend, server }, fault, traffic });
    }
    if (state.kind === "ended") this.#written.delete(id);
    else this.#written.set(id, now);
    return drafts;
  }
}
