import type { EvidenceChanged, MonitorEvent, VerdictChanged } from "../contract/event.ts";
import type { ServerName } from "../contract/server-key.ts";
import type { StoredEvent, StoredServerName, TrafficStored, VerdictStored } from "../contract/store.ts";

type WithoutSeq<Event> = Event extends StoredEvent ? Omit<Event, "seq"> : never;

/** An event of the log before it has its number. */
export type EventDraft = WithoutSeq<StoredEvent>;
export type VerdictDraft = WithoutSeq<VerdictStored>;
export type TrafficDraft = WithoutSeq<TrafficStored>;

/** The row of history that an event of the monitor is; null for events about incidents, which have tables of their own. */
export function toEventDraft(event: MonitorEvent): EventDraft | null {
  const { at } = event;
  switch (event.type) {
    case "verdict-changed":
    case "evidence-changed":
      return toVerdictDraft(event);
    case "address-changed":
    case "server-removed":
      return { type: event.type, at, server: toStoredName(event), address: event.address };
    case "instance-reloaded":
      return {
        type: "instance-changed",
        at,
        site: event.site,
        instance: event.instance,
        epoch: event.epoch,
        error: null,
      };
    case "instance-reachability": {
      const { site, instance, error } = event;
      return { type: "instance-changed", at, site, instance, epoch: null, error: error?.code ?? null };
    }
    case "started":
      return { type: "started", at, heardBefore: event.heardBefore };
    case "paused":
      return { type: "paused", at, heardBefore: at - event.forMs };
    default:
      return null;
  }
}

/** Without a body, which is read when the row is written. */
function toVerdictDraft(event: VerdictChanged | EvidenceChanged): VerdictDraft {
  const { at, address, to, tone, sentence, subject, expected, beganAt } = event;
  const judgement = { ...to, sentence, tone, subject, expected };
  return { type: "verdict-changed", at, server: toStoredName(event), address, judgement, beganAt, body: null };
}

function toStoredName({ site, instance, backend, server }: ServerName): StoredServerName {
  return { site, instance, backend, server };
}
