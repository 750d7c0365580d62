import type { StreamMessage } from "../../server/contract/status.ts";
import { estimateClockOffset } from "./clock-offset.ts";
import { isConfirmedMismatch } from "./display-verdict.ts";
import { type FeedClock, LiveFeed, type FeedTransport } from "./live-feed.ts";
import { StripHistory } from "./strip-history.ts";
import { Ticker, type TickTime } from "./ticker.ts";

/** All that lives as long as the page: the feed, the clock's offset, what the strips remember, the one timer. */
export class DashboardClient {
  readonly feed: LiveFeed;
  readonly strips = new StripHistory();
  readonly ticker: Ticker;
  readonly openedAt: number;
  readonly #clock: FeedClock;
  #offset: number | null = null;
  #lastMismatchAt: number | null = null;

  constructor(wire: FeedTransport, clock: FeedClock) {
    this.#clock = clock;
    this.openedAt = clock.wall();
    this.feed = new LiveFeed(wire, clock, (message) => this.#applyMessage(message));
    this.ticker = new Ticker(() => this.time());
    this.feed.subscribe((state) => {
      if (state.kind === "lost") this.strips.startGap(this.time().now);
      this.ticker.tick();
    });
  }

  start(): void {
    this.feed.start();
    this.ticker.start();
  }

  stop(): void {
    this.feed.stop();
    this.ticker.stop();
  }

  /** The time as haprobe's clock has it; stands at the last message while the page is lost. */
  time(): TickTime {
    const wall = this.#clock.wall();
    const isLive = this.feed.state.kind === "live";
    return { now: (isLive ? wall : this.feed.lastMessageAt) - (this.#offset ?? 0), wall, isLive };
  }

  /** Since when this page has seen no mismatch, haprobe's clock. */
  get noMismatchSince(): number {
    return this.#lastMismatchAt ?? this.openedAt - (this.#offset ?? 0);
  }

  #applyMessage(message: StreamMessage): void {
    const wall = this.#clock.wall();
    this.#offset = estimateClockOffset(message.type === "snapshot" ? null : this.#offset, message, wall);
    const now = wall - (this.#offset ?? 0);
    if (message.type === "snapshot") {
      this.strips.retain(new Set(message.servers.map((server) => server.key)));
      this.strips.endGap(now);
    } else {
      for (const key of message.removed) this.strips.remove(key);
    }
    for (const server of message.servers) this.strips.record(server, now);
    const confirmed = message.summary.confirmed > 0 || message.servers.some(isConfirmedMismatch);
    if (confirmed) this.#lastMismatchAt = now;
  }
}
