/** Counts the messages of a channel in each minute; those beyond its cap wait for the next one. */
export class StormControl {
  readonly #channels = new Map<string, { minute: number; sent: number; held: Set<string> }>();

  /** Takes one of the channel's messages of this minute; false where none is left. `group` is counted once. */
  tryTake(channel: string, perMinute: number, group: string, now: number): boolean {
    const state = this.#stateOf(channel, now);
    if (state.sent >= perMinute) {
      state.held.add(group);
      return false;
    }
    state.sent += 1;
    state.held.delete(group);
    return true;
  }

  /** The number of groups that the channel's cap holds back, reset by this. */
  takeHeld(channel: string): number {
    const state = this.#channels.get(channel);
    const count = state?.held.size ?? 0;
    state?.held.clear();
    return count;
  }

  /** The number of groups that the channel's cap holds back now. */
  heldCount(channel: string): number {
    return this.#channels.get(channel)?.held.size ?? 0;
  }

  #stateOf(channel: string, now: number): { minute: number; sent: number; held: Set<string> } {
    const minute = Math.floor(now / 60_000);
    const state = this.#channels.get(channel) ?? { minute, sent: 0, held: new Set<string>() };
    if (state.minute !== minute) {
      state.minute = minute;
      state.sent = 0;
    }
    this.#channels.set(channel, state);
    return state;
  }
}

/** Milliseconds until the next minute begins. */
export function untilNextMinute(now: number): number {
  return 60_000 - (now % 60_000);
}
