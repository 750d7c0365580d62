import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { Rounds } from "../rounds.ts";
import type { ClaimedRow, OutboxDraft } from "../contract/store.ts";
import type { AlertStore } from "./alert-store.ts";
import type { ChannelHealth } from "./channel-health.ts";
import type { Delivery } from "./delivery.ts";
import type { GroupRunner } from "./group-runner.ts";

export interface DispatcherParts {
  readonly store: AlertStore;
  readonly groups: Pick<GroupRunner, "run">;
  readonly delivery: Delivery;
  readonly health: ChannelHealth;
  readonly clock: Clock;
  /** Names this process in leases. */
  readonly holder: string;
  /** Called where the store fails, at most once until it works again. */
  readonly onStoreFailure: (error: unknown) => void;
}

/**
 * Looks for due timers and messages once a second, and sooner after `expect`. Several processes may do so over one store:
 * leases keep them apart.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #rounds: Rounds;
  readonly #stopping = new AbortController();
  /** Messages in flight by their id, with the end of each. */
  readonly #inFlight = new Map<string, { readonly channel: string; readonly end: Promise<void> }>();
  #isStoreFailing = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#rounds = new Rounds(
      parts.clock,
      () => this.#look(),
      () => (this.#isStoreFailing ? BOUNDS.alertStoreRetryMs : BOUNDS.alertPollEveryMs),
    );
  }

  start(): void {
    this.#rounds.wakeIn(0);
  }

  /** Something that is stored is due in `inMs`. */
  expect(inMs: number): void {
    // The store's clock is another one, so that what is due later is looked for a little later still.
    this.#rounds.wakeIn(inMs === 0 ? 0 : inMs + BOUNDS.alertPollSoonMs);
  }

  /** Ends what is in flight and resolves; unsent messages stay in the store. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#rounds.stop();
    await Promise.all(Array.from(this.#inFlight.values(), ({ end }) => end));
  }

  async #look(): Promise<void> {
    const { onStoreFailure } = this.#parts;
    try {
      while (this.#rounds.isWanted && !this.#stopping.signal.aborted) {
        this.#rounds.isWanted = false;
        if (await this.#runTimers()) this.#rounds.isWanted = true;
        await this.#startDeliveries();
      }
      this.#isStoreFailing = false;
    } catch (error) {
      if (!this.#isStoreFailing) onStoreFailure(error);
      this.#isStoreFailing = true;
    }
  }

  /** True if there may be more. */
  async #runTimers(): Promise<boolean> {
    const { store, groups, holder } = this.#parts;
    if (this.#stopping.signal.aborted) return false;
    const timers = await store.claim({
      of: "timer",
      kinds: ["group"],
      holder,
      limit: TIMERS_AT_ONCE,
      leaseMs: BOUNDS.alertLeaseMs,
    });
    if (timers.length > 0) await groups.run(timers);
    return timers.length === TIMERS_AT_ONCE;
  }

  async #startDeliveries(): Promise<void> {
    const { store, health, clock, holder } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      const limit = Math.min(BOUNDS.alertsInFlightPerChannel, BOUNDS.alertsInFlight - this.#inFlight.size);
      if (limit <= 0) return;
      const busy = [...health.blocked(clock.now()), ...this.#fullChannels()];
      const claimedAt = clock.now();
      const claims = await store.claim({
        of: "outbox",
        holder,
        limit,
        leaseMs: BOUNDS.alertLeaseMs,
        exceptChannels: busy,
      });
      for (const claim of claims) this.#deliver(claim, claimedAt);
      if (claims.length < limit) return;
    }
  }

  /** Channels with as many messages in flight as they may have. */
  #fullChannels(): readonly string[] {
    const counts = new Map<string, number>();
    for (const { channel } of this.#inFlight.values()) counts.set(channel, (counts.get(channel) ?? 0) + 1);
    return [...counts].filter(([channel, count]) => count >= this.#limitOf(channel)).map(([channel]) => channel);
  }

  #limitOf(channel: string): number {
    const isFailing = this.#parts.health.failuresOf(channel) > 0;
    return isFailing ? BOUNDS.alertsInFlightFailing : BOUNDS.alertsInFlightPerChannel;
  }

  #deliver(claim: ClaimedRow, claimedAt: number): void {
    const { delivery, health, onStoreFailure } = this.#parts;
    const { channel } = claim.row as OutboxDraft;
    const isFailing = health.failuresOf(channel) > 0;
    const work =
      isFailing && this.#fullChannels().includes(channel)
        ? delivery.postpone(claim, "the channel is failing")
        : delivery.attempt(claim, claimedAt, this.#stopping.signal);
    const end = work.catch(onStoreFailure).finally(() => {
      this.#inFlight.delete(claim.id);
      // The next message of the lane, and those that waited for a free place.
      this.#rounds.wakeIn(0);
    });
    this.#inFlight.set(claim.id, { channel, end });
  }
}

const TIMERS_AT_ONCE = 100;
