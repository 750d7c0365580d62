import type { WriteBatch } from "../../server/contract/store.ts";
import {
  AGREE_UP,
  batchOf,
  CP_1,
  EXPECTED_UP,
  incident,
  incidentWrite,
  message,
  T0,
  verdict,
} from "./sample-batches.ts";

export const SERVERS = ["cp-1", "cp-2", "cp-3"].map((server) => ({ ...CP_1, server }));

/** Each has a change of every server, the next version of one incident with one more change, and one message. */
export const EVENTS_PER_BATCH = SERVERS.length;

export function numberedBatch(number: number): WriteBatch {
  const firstSeq = (number - 1) * EVENTS_PER_BATCH + 1;
  const events = SERVERS.map((server, index) =>
    verdict(firstSeq + index, { server, at: T0 + number, judgement: number % 2 === 0 ? AGREE_UP : EXPECTED_UP }),
  );
  // As in a record: the first change and the newest.
  const changes = [...new Set([1, ...Array.from({ length: 20 }, (_, index) => Math.max(1, number - 19 + index))])];
  const record = incident({
    version: number,
    changes: changes.map((n) => ({ n, at: T0 + n, what: "reason", who: null, text: `change ${n}` })),
  });
  return { ...batchOf(events), incidents: [incidentWrite(record)], outbox: [message(number)] };
}
