import type { IncidentArchive } from "../contract/ports.ts";
import type { Store } from "../contract/store.ts";
import { toIncident } from "./incident-status.ts";

/** The incidents of a store in the form in which the monitor shows those in memory. */
export function createIncidentArchive(store: Pick<Store, "incidents" | "incident">): IncidentArchive {
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    async list({ open, after, limit }) {
      const cursor = after === null ? null : `${Date.parse(after.confirmedAt)}.${after.id}`;
      const { rows } = await store.incidents({ open, from: null, to: null, cursor, limit });
      return rows.map((record) => toIncident(record, iso));
    },
    async find(id) {
      const record = await store.incident(id);
      return record === null ? null : toIncident(record, iso);
    },
  };
}
