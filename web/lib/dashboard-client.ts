import type { Incident } from "../../server/contract/incident.ts";
import { splitServerKey } from "../../server/contract/server-key.ts";
import type { FleetSummary, ServerStatus, SnapshotMessage, StreamMessage } from "../../server/contract/status.ts";
import { estimateClockOffset } from "./clock-offset.ts";
import { IncidentFeed, isHealing } from "./incident-feed.ts";
import { isConfirmedMismatch } from "./display-verdict.ts";
import type { FeedClock } from "./feed-clock.ts";
import type { FeedTransport, Remark } from "./feed-transport.ts";
import { LiveFeed } from "./live-feed.ts";
import type { RestClient, WriteResult } from "./rest-client.ts";
import { joinReloads, ReloadTimes } from "./reload-times.ts";
import { joinRuns, RecordedStrips } from "./recorded-strips.ts";
import { type StripGap, StripHistory, type StripRun } from "./strip-history.ts";
import { isKiosk, mergeRuns } from "./kiosk.ts";
import { axisEndAt, parseMoment } from "./moment.ts";
import { onNavigation, setMomentParameter } from "./navigation.ts";
import { PastFeed } from "./past-feed.ts";
import { DEFAULT_RANGE } from "./strip-range.ts";
import { Ticker, type TickTime } from "./ticker.ts";
import { ToastList } from "./toast-list.ts";
import { TrafficRates } from "./traffic-rates.ts";

const LAST_MISMATCHES_MAX = 1_000;
const WRITE_TIMEOUT_MS = 10_000;
/** The first servers are shown without the incidents if these take longer. */
const FIRST_INCIDENTS_MS = 1_000;

/** Answers nothing: for a client that only follows the stream. */
const NO_REST: RestClient = { getJson: () => new Promise(() => {}), post: () => new Promise(() => {}) };

/** True if no mismatch is confirmed, every instance responds and most servers have a verdict. */
function isAgreement({ confirmed, instancesFailing, verdicts, servers }: FleetSummary): boolean {
  return confirmed === 0 && instancesFailing === 0 && verdicts.unknown * 2 <= servers;
}

/** The state that lives as long as the page: feed, clock offset, strip history and ticker. */
export class DashboardClient {
  readonly feed: LiveFeed;
  readonly rest: RestClient;
  readonly strips = new StripHistory();
  readonly recorded: RecordedStrips;
  readonly ticker: Ticker;
  readonly openedAt: number;
  readonly incidents: IncidentFeed;
  /** What the page shows of a past moment. */
  readonly past: PastFeed;
  readonly toasts = new ToastList();
  readonly traffic = new TrafficRates();
  readonly reloads = new ReloadTimes();
  readonly #lastMismatches = new Map<string, ServerStatus>();
  readonly #transport: FeedTransport;
  readonly #clock: FeedClock;
  #token: string | null = null;
  #offset: number | null = null;
  #agreementSince: number | null = null;
  #moment: { readonly at: number; readonly axisEnd: number } | null = null;
  #stopFollowing: () => void = () => {};

  constructor(transport: FeedTransport, clock: FeedClock, rest: RestClient = NO_REST) {
    this.rest = rest;
    this.#transport = transport;
    this.#clock = clock;
    this.openedAt = clock.wall();
    const fetchSnapshot: FeedTransport["fetchSnapshot"] = (signal) => this.#fetchSnapshot(signal);
    this.feed = new LiveFeed({ ...transport, fetchSnapshot }, clock, (message) => this.#applyMessage(message));
    this.recorded = new RecordedStrips(
      DEFAULT_RANGE,
      (key, from, to, signal) => transport.fetchHistory(key, from, to, signal),
      clock,
      () => this.time().axisEnd,
      (key) => Date.parse(this.feed.state.fleet?.servers.get(key)?.since ?? ""),
    );
    this.past = new PastFeed(rest, () => this.feed.state.fleet);
    this.incidents = new IncidentFeed(
      (signal) => transport.fetchIncidents(signal),
      clock,
      // A fault that came and went between two messages changed no row.
      (incident) => isHealing(incident) || (incident.state === "open" && !this.#hasSeen(incident)),
    );
    this.ticker = new Ticker(() => this.time());
    this.feed.subscribe((state) => {
      if (state.kind === "disconnected") this.strips.startGap(this.#presentTime());
      // Before anything renders: the page of a link to a moment never shows the present.
      if (state.fleet !== null) this.past.show(this.moment, true);
      this.ticker.tick();
    });
  }

  start(): void {
    this.#stopFollowing = onNavigation(() => this.#followAddress());
    this.#followAddress();
    this.feed.start();
    this.ticker.start();
  }

  stop(): void {
    this.#stopFollowing();
    this.past.stop();
    this.feed.stop();
    this.incidents.stop();
    this.recorded.stop();
    this.ticker.stop();
  }

  /** Time by haprobe's clock; stops at the last message while disconnected, and stands at the past moment that is shown. */
  time(): TickTime {
    const isLive = this.feed.state.kind === "live";
    const present = this.#presentTime();
    return { now: present, axisEnd: present, ...this.#momentTime(), wall: this.#clock.wall(), isLive };
  }

  #momentTime(): Partial<Pick<TickTime, "now" | "axisEnd">> {
    return this.#moment === null ? {} : { now: this.#moment.at, axisEnd: this.#moment.axisEnd };
  }

  #presentTime(): number {
    const at = this.feed.state.kind === "live" ? this.#clock.wall() : this.feed.lastMessageAt;
    return at - (this.#offset ?? 0);
  }

  /** The past moment that the page shows; null for the present. */
  get moment(): number | null {
    return this.#moment?.at ?? null;
  }

  /** True for a time of the present, within a second. */
  isPresent(at: number): boolean {
    return this.#presentTime() - at < 1_000;
  }

  /** Shows this moment, null for the present; the address is the caller's part. */
  showMoment(at: number | null): void {
    if (at === this.moment) return;
    const present = this.#presentTime();
    const before = this.time().axisEnd;
    const axisEnd = this.#axisEndOf(at, before, present);
    this.#moment = at === null ? null : { at, axisEnd };
    if (axisEnd !== before) this.recorded.reload();
    if (this.feed.state.fleet !== null) this.past.show(at);
    this.ticker.tick();
  }

  /** A wall screen has no axis on which a moment could stand: its strips end there. */
  #axisEndOf(at: number | null, before: number, present: number): number {
    if (at === null) return present;
    return isKiosk(window.location.search) ? at : axisEndAt(at, this.recorded.range.ms, before, present);
  }

  /** Shows the nearest recorded change before (-1) or after (1) the moment that is shown; the present after the last one. */
  async stepMoment(step: -1 | 1): Promise<void> {
    const from = this.moment ?? this.#presentTime();
    const found = await this.past.findChange(Math.trunc(from), step);
    // Another moment was chosen meanwhile.
    if ((this.moment ?? from) !== from || (found === null && step === -1)) return;
    setMomentParameter(found);
  }

  #followAddress(): void {
    this.showMoment(parseMoment(window.location.search));
  }

  /** Start of the current period without a confirmed mismatch, as far as this page knows; haprobe's clock. */
  get noMismatchSince(): number {
    return this.#agreementSince ?? this.openedAt - (this.#offset ?? 0);
  }

  /** Servers as they were in their last confirmed mismatch, by key; at most 1,000. */
  get lastMismatches(): ReadonlyMap<string, ServerStatus> {
    return this.#lastMismatches;
  }

  /** What is known of a server, and the gaps in it; haprobe's clock. Loads again what this page no longer keeps. */
  stripOf(key: string): { readonly runs: readonly StripRun[]; readonly gaps: readonly StripGap[] } {
    const recorded = this.recorded.strip(key);
    const seen = this.strips.runs(key);
    // What this page has seen is later than a window in the past.
    if (this.#moment !== null && recorded !== null && recorded.until < this.openedAt - (this.#offset ?? 0)) {
      return { runs: recorded.runs, gaps: [] };
    }
    const runs = joinRuns(recorded, seen);
    if (runs === null) this.recorded.forget(key);
    return { runs: runs ?? seen, gaps: this.strips.gaps.filter(({ to }) => to > (recorded?.until ?? 0)) };
  }

  /** What is known of several servers: at each time the worst of them. */
  stripOfAll(keys: readonly string[]): { readonly runs: readonly StripRun[]; readonly gaps: readonly StripGap[] } {
    const [first, ...others] = keys.map((key) => this.stripOf(key));
    if (first === undefined) return { runs: [], gaps: [] };
    return others.length === 0
      ? first
      : { runs: mergeRuns([first, ...others].map(({ runs }) => runs)), gaps: this.strips.gaps };
  }

  /** When the HAProxies of these servers were started or reloaded, as far as is known. */
  reloadsOf(keys: readonly string[]): readonly number[] {
    const lists = new Map<string, readonly number[]>();
    for (const key of keys) {
      const instance = splitServerKey(key)?.instance ?? "";
      lists.set(instance, this.reloads.of(instance));
      const recorded = this.recorded.strip(key)?.reloads;
      // Servers of one instance have the same ones.
      if (recorded !== undefined) lists.set(`recorded ${instance}`, recorded);
    }
    return joinReloads(...lists.values());
  }

  /** Another text whenever `stripOf` may have changed. */
  stripVersion(key: string): string {
    const seen = this.strips.runs(key);
    return `${this.#moment?.at} ${this.recorded.strip(key)?.until} ${seen.length} ${seen.at(-1)?.at} ${this.strips.gaps.length}`;
  }

  /** Uses this token for writes while the page is open. */
  setToken(token: string): void {
    this.#token = token;
  }

  /** Writes to these incidents one after another, until one is refused; loads the list again. */
  async remark(ids: readonly string[], remark: Remark): Promise<WriteResult> {
    try {
      for (const id of ids) {
        const result = await this.#write((token, signal) => this.#transport.remark(id, remark, token, signal));
        if (result.kind !== "done") return result;
      }
      return { kind: "done" };
    } finally {
      this.incidents.refresh();
    }
  }

  /** Whether a token was set. */
  get hasToken(): boolean {
    return this.#token !== null;
  }

  /** Reads a path of the API, with the token that was set. */
  read<T>(path: string, signal: AbortSignal): Promise<T> {
    return this.rest.getJson<T>(path, signal, this.#token);
  }

  /** Writes to another part of the API, with the token that was set. */
  write(path: string, body: object): Promise<WriteResult> {
    return this.#write((token, signal) => this.rest.post(path, body, token, signal));
  }

  async #write(send: (token: string | null, signal: AbortSignal) => Promise<WriteResult>): Promise<WriteResult> {
    try {
      return await send(this.#token, AbortSignal.timeout(WRITE_TIMEOUT_MS));
    } catch (error) {
      return { kind: "refused", detail: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The first snapshot comes with the incidents: without them a page would begin with too few sessions, or with agreement. */
  async #fetchSnapshot(signal: AbortSignal): Promise<SnapshotMessage> {
    this.incidents.refresh();
    const timeout = Promise.withResolvers<void>();
    const cancelTimeout = this.#clock.after(FIRST_INCIDENTS_MS, timeout.resolve);
    const incidents = Promise.race([this.incidents.firstAnswer, timeout.promise]).then(cancelTimeout);
    const [snapshot] = await Promise.all([this.#transport.fetchSnapshot(signal), incidents]);
    return snapshot;
  }

  /** True if the page has seen each server fail that the incident is about now. */
  #hasSeen({ members }: Incident): boolean {
    return members.every(({ key, active }) => !active || this.#lastMismatches.has(key));
  }

  #applyMessage(message: StreamMessage): void {
    const wall = this.#clock.wall();
    this.#offset = estimateClockOffset(message.type === "snapshot" ? null : this.#offset, message, wall);
    const now = wall - (this.#offset ?? 0);
    if (message.type === "snapshot") {
      const keys = new Set(message.servers.map((server) => server.key));
      this.strips.retain(keys);
      this.traffic.retain(keys);
      if (this.strips.endGap(now)) {
        this.#agreementSince = now;
        this.recorded.reload();
      }
    } else {
      for (const key of message.removed) {
        this.strips.remove(key);
        this.traffic.remove(key);
      }
    }
    for (const server of message.servers) {
      this.strips.record(server, now);
      this.traffic.record(server);
    }
    this.reloads.record(message.instances);
    this.#followIncidents(message);
    if (message.servers.some(isConfirmedMismatch) || !isAgreement(message.summary)) this.#agreementSince = now;
  }

  /** Keeps the last mismatch of each server, and loads the incidents when a mismatch may have begun or ended. */
  #followIncidents(message: StreamMessage): void {
    let isAffected = message.type === "snapshot";
    for (const server of message.servers) {
      const isMismatch = isConfirmedMismatch(server);
      isAffected ||= isMismatch || this.#lastMismatches.has(server.key);
      if (!isMismatch) continue;
      this.#lastMismatches.delete(server.key);
      this.#lastMismatches.set(server.key, server);
    }
    for (const key of this.#lastMismatches.keys()) {
      if (this.#lastMismatches.size <= LAST_MISMATCHES_MAX) break;
      this.#lastMismatches.delete(key);
    }
    if (isAffected) this.incidents.refresh();
  }
}
