import { BOUNDS } from "../bounds.ts";
import type { StoredEvent } from "../contract/store.ts";

/** The event with texts that a hub takes: a longer sentence is cut, and a longer server object left out. */
export function clipEvent(event: StoredEvent): StoredEvent {
  if (event.type !== "verdict-changed") return event;
  const { judgement, body } = event;
  const isLong = judgement.sentence.length > BOUNDS.ingestTextChars;
  const isLarge = body !== null && body.length > BOUNDS.ingestBodyChars;
  if (!isLong && !isLarge) return event;
  const sentence = judgement.sentence.slice(0, BOUNDS.ingestTextChars);
  return { ...event, judgement: { ...judgement, sentence }, body: isLarge ? null : body };
}
