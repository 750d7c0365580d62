import type { StreamMessage } from "../../server/contract/status.ts";
import { estimateClockOffset } from "./clock-offset.ts";
import { isConfirmedMismatch } from "./display-verdict.ts";
import { type FeedClock, LiveFeed, type FeedTransport } from "./live-feed.ts";
import { StripHistory } from "./strip-history.ts";
import { Ticker, type TickTime } from "./ticker.ts";

/** The state that lives as long as the page: feed, clock offset, strip history and ticker. */
export class DashboardClient {
  readonly feed: LiveFeed;
  readonly strips = new StripHistory();
  readonly ticker: Ticker;
  readonly openedAt: number;
  readonly #clock: FeedClock;
  #offset: number | null = null;
  #lastMismatchAt: number | null = null;

  constructor(transport: FeedTransport, clock: FeedClock) {
    this.#clock = clock;
    this.openedAt = clock.wall();
    this.feed = new LiveFeed(transport, clock, (message) => this.#applyMessage(message));
    this.ticker = new Ticker(() => this.time());
    this.feed.subscribe((state) => {
      if (state.kind === "disconnected") this.strips.startGap(this.time().now);
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

  /** Time by haprobe's clock; stops at the last message while disconnected. */
  time(): TickTime {
    const wall = this.#clock.wall();
    const isLive = this.feed.state.kind === "live";
    return { now: (isLive ? wall : this.feed.lastMessageAt) - (this.#offset ?? 0), wall, isLive };
  }

  /** Start of the current period without a confirmed mismatch, as far as this page knows; haprobe's clock. */
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
