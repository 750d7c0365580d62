import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { IncidentArchive } from "../contract/ports.ts";
import type { Store } from "../contract/store.ts";
import { HaprobeError } from "../errors.ts";
import { toIncident } from "./incident-status.ts";

const unanswered = (): HaprobeError => new HaprobeError("HAPROBE_STORE_BEHIND", "the store does not answer");

/**
 * The incidents of a store in the form in which the monitor shows those in memory. A read rejects with
 * HAPROBE_STORE_BEHIND after `archiveTimeoutMs`, and at once while an earlier one is without an answer for so long.
 */
export function createIncidentArchive(store: Pick<Store, "incidents" | "incident">, clock: Clock): IncidentArchive {
  const iso = (at: number): string => new Date(at).toISOString();
  let overdue = 0;

  async function read<T>(request: () => Promise<T>): Promise<T> {
    if (overdue > 0) throw unanswered();
    const reading = request();
    let cancel = (): void => {};
    const deadline = new Promise<never>((_, reject) => {
      cancel = clock.after(BOUNDS.archiveTimeoutMs, () => {
        overdue += 1;
        const settled = (): void => void (overdue -= 1);
        reading.then(settled, settled);
        reject(unanswered());
      });
    });
    try {
      return await Promise.race([reading, deadline]);
    } finally {
      cancel();
    }
  }

  return {
    async list({ open, after, limit }) {
      const cursor = after === null ? null : `${Date.parse(after.confirmedAt)}.${after.id}`;
      const { rows } = await read(() => store.incidents({ open, from: null, to: null, cursor, limit }));
      return rows.map((record) => toIncident(record, iso));
    },
    async find(id) {
      const record = await read(() => store.incident(id));
      return record === null ? null : toIncident(record, iso);
    },
  };
}
