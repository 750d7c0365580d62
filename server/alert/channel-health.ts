import type { ChannelSettings } from "../contract/alert-settings.ts";

/** How a channel does: a receiver that fails is left alone for a while, and one that is gone for good. */
export class ChannelHealth {
  readonly #channels = new Map<
    string,
    { failures: number; blockedUntil: number; disabled: string | null; error: string }
  >();

  /** Notes that a message arrived. */
  recordSent(channel: string): void {
    this.#channels.delete(channel);
  }

  /** Notes a failure; nothing else is sent to the channel for `forMs`. */
  recordFailure(channel: string, error: string, forMs: number, now: number): void {
    const failures = this.failuresOf(channel) + 1;
    this.#channels.set(channel, { failures, blockedUntil: now + forMs, disabled: null, error });
  }

  /** The receiver wants no more messages, until the configuration changes or haprobe restarts. */
  disable(channel: string, why: string): void {
    this.#channels.set(channel, { failures: 0, blockedUntil: 0, disabled: why, error: why });
  }

  /** Failures since the last message that arrived. */
  failuresOf(channel: string): number {
    return this.#channels.get(channel)?.failures ?? 0;
  }

  /** Why the channel is disabled; null where it is not. */
  disabledWhy(channel: string): string | null {
    return this.#channels.get(channel)?.disabled ?? null;
  }

  /** Channels to which nothing is sent now. */
  blocked(now: number): readonly string[] {
    return [...this.#channels].filter(([, { blockedUntil }]) => blockedUntil > now).map(([name]) => name);
  }

  /** Channels that fail or are disabled, with the last error of each. */
  failing(): readonly { readonly channel: string; readonly error: string; readonly disabled: boolean }[] {
    return Array.from(this.#channels, ([channel, { error, disabled }]) => ({
      channel,
      error,
      disabled: disabled !== null,
    }));
  }

  /** Forgets what is known of the channels whose settings changed. */
  keepOnly(unchanged: readonly ChannelSettings[]): void {
    const names = new Set(unchanged.map(({ name }) => name));
    for (const name of this.#channels.keys()) if (!names.has(name)) this.#channels.delete(name);
  }
}
