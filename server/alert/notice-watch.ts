import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AlertSettings } from "../contract/alert-settings.ts";
import type { LiveState } from "../contract/ports.ts";
import type { TimerWrite } from "../contract/store.ts";
import type { AlertStore } from "./alert-store.ts";
import { certificateNotice } from "./certificate-scan.ts";
import type { HaproxyChanges } from "./haproxy-changes.ts";
import { draftNotices, noticeAlert, type NoticeDraft } from "./notices.ts";
import type { OpenAlert } from "./pipeline/open-alert.ts";
import { groupTimers } from "./plan-timers.ts";

export interface NoticeWatchParts {
  readonly live: Pick<LiveState, "findings" | "instances" | "keys" | "server">;
  readonly changes: HaproxyChanges;
  readonly store: Pick<AlertStore, "commit">;
  readonly settings: () => AlertSettings;
  readonly labels: (instance: string) => Readonly<Record<string, string>>;
  readonly publicUrl: string | null;
  readonly clock: Clock;
  /** Something is due in so many milliseconds. */
  readonly onTimer: (dueInMs: number) => void;
}

/** Servers that one interval looks at for their certificate: 100,000 are looked at within three minutes. */
const CERTIFICATES_AT_ONCE = 500;

/** Detects which notices begin and end, once a second, and sets the timers of their groups. */
export class NoticeWatch {
  readonly #parts: NoticeWatchParts;
  readonly #startedAt: number;
  #open: ReadonlyMap<string, OpenAlert> = new Map();
  readonly #certificates = new Map<string, NoticeDraft>();
  #keys: Iterator<string> | null = null;
  #cancel: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: NoticeWatchParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(BOUNDS.alertNoticesEveryMs, () => {
      const hasChannel = this.#parts.settings().channels.length > 0;
      // What a failed write takes back is what held before it, so that one has to end before the next one begins.
      this.#running = (hasChannel ? this.#detect() : Promise.resolve()).finally(() => {
        if (!this.#isStopped) this.start();
      });
    });
  }

  /** Resolves once nothing is being stored. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  /** The notices that hold now. */
  notices(): readonly OpenAlert[] {
    return [...this.#open.values()];
  }

  /** True once all that holds has had the time to be detected. */
  areKnown(): boolean {
    return this.#parts.clock.now() - this.#startedAt >= BOUNDS.alertNoticesHeldMs;
  }

  async #detect(): Promise<void> {
    const { store, settings, clock, onTimer } = this.#parts;
    const before = this.#open;
    const open = new Map(
      this.#drafts()
        .map((draft) => this.#toAlert(draft))
        .map((each) => [each.alert.id, each]),
    );
    const fresh = [...open.values()].filter(({ alert }) => !before.has(alert.id));
    const gone = [...before.values()].filter(({ alert }) => !open.has(alert.id));
    this.#open = open;
    const now = Math.round(clock.wall());
    const timers: TimerWrite[] = [
      ...fresh.flatMap((each) => groupTimers(each, now, { settings }, false)),
      ...gone.flatMap((each) => groupTimers(each, now, { settings }, true)),
    ];
    if (timers.length === 0) return;
    try {
      await store.commit({ source: null, events: [], incidents: [], outbox: [], timers, done: [] });
      for (const { dueInMs } of timers) onTimer(dueInMs ?? 0);
    } catch {
      // The store is away: what changed is found again, and the store's own finding says why.
      this.#open = before;
    }
  }

  #drafts(): readonly NoticeDraft[] {
    const { live, settings, changes } = this.#parts;
    const { notices, certificateMs } = settings();
    if (notices.includes("certificate-expiring") && certificateMs > 0) this.#scanCertificates(certificateMs);
    else this.#certificates.clear();
    return [
      ...draftNotices(live.findings(), live.instances(), notices),
      ...changes.drafts(),
      ...this.#certificates.values(),
    ];
  }

  /** Looks at the next servers, over and over; making the state of a server costs microseconds. */
  #scanCertificates(withinMs: number): void {
    const { live, clock } = this.#parts;
    const now = clock.wall();
    for (let count = 0; count < CERTIFICATES_AT_ONCE; count += 1) {
      this.#keys ??= live.keys();
      const next = this.#keys.next();
      if (next.done === true) {
        this.#keys = null;
        for (const key of this.#certificates.keys()) if (live.server(key) === null) this.#certificates.delete(key);
        return;
      }
      const server = live.server(next.value);
      const draft = server === null ? null : certificateNotice(server, withinMs, now);
      if (draft === null) this.#certificates.delete(next.value);
      else this.#certificates.set(next.value, draft);
    }
  }

  #toAlert(draft: NoticeDraft): OpenAlert {
    const { labels, publicUrl, clock } = this.#parts;
    const known = draft.instance === null ? {} : labels(draft.instance);
    const lists = Object.fromEntries(Object.entries(known).map(([name, value]) => [name, [value]]));
    const alert = noticeAlert(draft, lists, publicUrl);
    const before = this.#open.get(alert.alert.id);
    // One that lasts keeps its begin: its sentence may change, such as a count of sessions.
    return before === undefined
      ? { ...alert, confirmedAt: Math.max(alert.confirmedAt, Math.round(clock.wall()) - BOUNDS.alertNoticesEveryMs) }
      : { ...alert, confirmedAt: before.confirmedAt };
  }
}
