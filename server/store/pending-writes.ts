import { BOUNDS } from "../bounds.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { OutboxDraft, TimerWrite } from "../contract/store.ts";
import type { VantageStatus } from "../contract/vantage.ts";
import type { EventDraft } from "./stored-event.ts";

/** What is dropped where there is no room. */
export type DroppedKind = "event" | "incident" | "message";

/** What is written together. */
export interface PendingUnit {
  readonly events: readonly EventDraft[];
  readonly incidents: readonly IncidentRecord[];
  readonly outbox: readonly OutboxDraft[];
  readonly timers: readonly TimerWrite[];
  readonly status?: VantageStatus;
}

/**
 * What waits for the store, merged: the newest version of an incident replaces older ones.
 * Above `storeQueueEvents` rows of history are dropped that a later one of the same server follows, the oldest first, so
 * that the newest state of every server stays. Incidents and messages are dropped only above `storeQueueIncidents`.
 */
export class PendingWrites {
  readonly #onDrop: (kind: DroppedKind, count: number) => void;
  #events: EventDraft[] = [];
  #compactAbove: number = BOUNDS.storeQueueEvents;
  /** Among the events: the time of which some were dropped. */
  #gap: Extract<EventDraft, { readonly type: "paused" | "started" | "heartbeat" | "stopped" }> | null = null;
  readonly #incidents = new Map<string, IncidentRecord>();
  readonly #outbox: OutboxDraft[] = [];
  readonly #timers = new Map<string, TimerWrite>();

  constructor(onDrop: (kind: DroppedKind, count: number) => void) {
    this.#onDrop = onDrop;
  }

  get events(): number {
    return this.#events.length;
  }

  get incidents(): number {
    return this.#incidents.size;
  }

  get messages(): number {
    return this.#outbox.length;
  }

  get isEmpty(): boolean {
    return this.events + this.incidents + this.messages + this.#timers.size === 0;
  }

  addEvent(draft: EventDraft): void {
    this.#events.push(draft);
    if (this.#events.length > this.#compactAbove) this.#compact();
  }

  /** Replaces the waiting events, in their order. */
  mapEvents(replace: (draft: EventDraft) => readonly EventDraft[]): void {
    this.#events = this.#events.flatMap(replace);
  }

  addIncident(record: IncidentRecord): void {
    this.#incidents.set(record.id, record);
    if (this.#incidents.size <= BOUNDS.storeQueueIncidents) return;
    const ended = [...this.#incidents.values()].find(({ state }) => state.kind === "ended");
    this.#incidents.delete((ended ?? record).id);
    this.#onDrop("incident", 1);
  }

  addPlanned(outbox: readonly OutboxDraft[], timers: readonly TimerWrite[]): void {
    this.#outbox.push(...outbox);
    for (const timer of timers) this.#addTimer(timer);
    const excess = this.#outbox.length - BOUNDS.storeQueueIncidents;
    if (excess <= 0) return;
    this.#outbox.splice(0, excess);
    this.#onDrop("message", excess);
  }

  /** A timer that is due sooner keeps its time, as in the store. */
  #addTimer(timer: TimerWrite): void {
    const key = `${timer.kind} ${timer.subject}`;
    const dueInMs = this.#timers.get(key)?.dueInMs ?? null;
    const isSooner = dueInMs !== null && timer.dueInMs !== null && dueInMs < timer.dueInMs;
    if (!isSooner) this.#timers.set(key, timer);
  }

  /**
   * Takes at most `storeBatchEvents` events and `storeBatchIncidents` incidents, the ones that wait longest; messages go with
   * the incidents that they are about, in their order.
   */
  take(): PendingUnit {
    const incidents = [...this.#incidents.values().take(BOUNDS.storeBatchIncidents)];
    for (const { id } of incidents) this.#incidents.delete(id);
    const held = this.#outbox.findIndex(({ incident }) => incident !== null && this.#incidents.has(incident));
    const unit = {
      events: this.#events.splice(0, BOUNDS.storeBatchEvents),
      incidents,
      outbox: this.#outbox.splice(0, held < 0 ? this.#outbox.length : held),
      timers: [...this.#timers.values()],
    };
    this.#timers.clear();
    if (this.#gap !== null && !this.#events.includes(this.#gap)) this.#gap = null;
    return unit;
  }

  #compact(): void {
    const seen = new Set<string>();
    const isFollowed = this.#events.map(() => false);
    for (let index = this.#events.length - 1; index >= 0; index -= 1) {
      const key = keyOf(this.#events[index]);
      isFollowed[index] = seen.has(key);
      seen.add(key);
    }
    let excess = this.#events.length - BOUNDS.storeQueueEvents / 2;
    const dropped: EventDraft[] = [];
    const kept: EventDraft[] = [];
    for (const [index, draft] of this.#events.entries()) {
      if (draft === this.#gap) continue;
      const isDropped = excess > 0 && isFollowed[index] === true;
      (isDropped ? dropped : kept).push(draft);
      if (isDropped) excess -= 1;
    }
    dropped.push(...kept.splice(0, Math.max(0, kept.length - BOUNDS.storeQueueEvents - BOUNDS.serversMax)));
    this.#events = kept;
    this.#compactAbove = Math.max(BOUNDS.storeQueueEvents, 2 * kept.length);
    this.#markGap(dropped);
  }

  /** What was dropped is missing in the history, and says so. */
  #markGap(dropped: readonly EventDraft[]): void {
    if (dropped.length > 0) this.#onDrop("event", dropped.length);
    else if (this.#gap === null) return;
    let { at = 0, heardBefore: from = null } = this.#gap ?? {};
    for (const draft of dropped) {
      at = Math.max(at, draft.at);
      from = Math.min(from ?? draft.at, draft.at);
    }
    this.#gap = { type: "paused", at, heardBefore: from };
    const after = this.#events.findIndex((draft) => draft.at > at);
    this.#events.splice(after < 0 ? this.#events.length : after, 0, this.#gap);
  }
}

/** Drafts with the same key describe the same thing; the newest holds. */
function keyOf(draft: EventDraft | undefined): string {
  if (draft === undefined) return "";
  if ("server" in draft) {
    const { site, instance, backend, server } = draft.server;
    const kind = draft.type === "traffic-counted" ? "traffic of " : "";
    return `${kind}${site} ${instance}/${backend}/${server}`;
  }
  return "instance" in draft ? `${draft.site} ${draft.instance}` : `${draft.type} ${draft.at}`;
}
