import { BOUNDS } from "../bounds.ts";
import type { Store, StoredEvent } from "../contract/store.ts";
import type { VantageName } from "../contract/vantage.ts";
import { clipEvent } from "./clip-event.ts";

export type SpoolStore = Pick<Store, "log" | "verdictsAfter">;

/** Events that follow one another in a log, up to `lastSeq`; where `hasGap`, of each server the newest alone. */
export interface Portion {
  readonly events: readonly StoredEvent[];
  readonly lastSeq: number;
  readonly hasGap: boolean;
}

/** Reads the log of the data directory for one hub, in portions that a request can hold. */
export class Spool {
  readonly #store: SpoolStore;
  readonly #by: VantageName;
  #buffer: StoredEvent[] = [];
  #afterSeq = 0;
  /** The begin of a gap that was marked already. */
  #markedUntil = 0;
  #skippedSeq = 0;

  constructor(store: SpoolStore, by: VantageName) {
    this.#store = store;
    this.#by = by;
  }

  /** Reads on after this event. */
  seek(afterSeq: number): void {
    const isKept = this.#buffer.some(({ seq }) => seq === afterSeq + 1);
    this.#buffer = isKept ? this.#buffer.filter(({ seq }) => seq > afterSeq) : [];
    this.#afterSeq = afterSeq;
  }

  /** Leaves out the event with this number, which is the next one. */
  skip(seq: number): void {
    this.#skippedSeq = seq;
  }

  /** Reads events that were written meanwhile; true where a mismatch is among what waits, or a request is full. */
  async fill(): Promise<boolean> {
    const room = BOUNDS.forwardEventsMax - this.#buffer.length;
    if (room > 0) {
      const from = this.#buffer.at(-1)?.seq ?? this.#afterSeq;
      const read = await this.#store.log(from, room);
      // What is behind a gap waits until all before it is sent.
      const isNext = read[0]?.seq === from + 1;
      if (isNext) this.#buffer.push(...read);
    }
    return this.#buffer.length >= BOUNDS.forwardEventsMax || this.#buffer.some(isMismatch);
  }

  /** The next portion, of at most `atMost` events; null where the log has nothing after the position. */
  async next(lastSeq: number, atMost: number): Promise<Portion | null> {
    if (lastSeq <= this.#afterSeq) return null;
    if (this.#buffer.length === 0) await this.fill();
    const [first] = this.#buffer;
    if (first === undefined) return this.#readGap(lastSeq, atMost);
    if (first.seq === this.#skippedSeq) return { events: [], lastSeq: first.seq, hasGap: true };
    return this.#ofSite(fitting(this.#buffer.slice(0, atMost)), false);
  }

  /** The newest verdicts in the place of events that are not kept any more. */
  async #readGap(lastSeq: number, atMost: number): Promise<Portion> {
    const [kept] = await this.#store.log(this.#afterSeq, 1);
    const untilSeq = kept === undefined ? lastSeq : kept.seq - 1;
    const afterSeq = this.#afterSeq;
    // One place is for the mark.
    const room = Math.max(1, atMost - 1);
    const rows = await this.#store.verdictsAfter({ by: this.#by, afterSeq, untilSeq, atMost: room });
    const events = fitting(rows);
    const isWhole = rows.length < room && events.length === rows.length;
    const marked = this.#markedUntil === untilSeq ? [] : [gapMark(afterSeq + 1, kept?.at ?? rows.at(-1)?.at ?? 0)];
    this.#markedUntil = untilSeq;
    const portion = this.#ofSite(events, true);
    return { ...portion, events: [...marked, ...portion.events], lastSeq: isWhole ? untilSeq : portion.lastSeq };
  }

  /** A hub takes what is about the site of its vantage, and nothing else. */
  #ofSite(events: readonly StoredEvent[], hasGap: boolean): Portion {
    const own = events.filter((event) => (siteOf(event) ?? this.#by.site) === this.#by.site);
    return { events: own, lastSeq: events.at(-1)?.seq ?? 0, hasGap: hasGap || own.length < events.length };
  }
}

/** From here on the log is whole again; what was before is not recorded. */
function gapMark(seq: number, at: number): StoredEvent {
  return { type: "paused", seq, at, heardBefore: null };
}

/** As many of the first events as a request holds, at least one. */
function fitting(events: readonly StoredEvent[]): StoredEvent[] {
  const kept: StoredEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const clipped = clipEvent(event);
    bytes += Buffer.byteLength(JSON.stringify(clipped));
    if (bytes > BOUNDS.forwardMaxBytes && kept.length > 0) break;
    kept.push(clipped);
  }
  return kept;
}

function siteOf(event: StoredEvent): string | null {
  if ("server" in event) return event.server.site;
  return "site" in event ? event.site : null;
}

function isMismatch(event: StoredEvent): boolean {
  return event.type === "verdict-changed" && event.judgement.phase !== null;
}
