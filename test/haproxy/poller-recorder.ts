import { systemClock } from "../../server/clock.ts";
import type { InstanceSettings, StatsAddress } from "../../server/contract/settings.ts";
import type { ServerView, StatsSnapshot } from "../../server/contract/view.ts";
import { createPoller, type PolledSnapshot, type Poller, type PollFailure } from "../../server/haproxy/poller.ts";

/** An instance with a name and an address only. */
export function instanceWithStats(stats: StatsAddress, everyMs = 1_000): InstanceSettings {
  return { name: "lb", stats, statsText: "", everyMs, site: "", network: "", labels: {}, addressMap: [] };
}

/** A running poller on the system clock, with its snapshots and failures. */
export class PollerRecorder implements AsyncDisposable {
  readonly poller: Poller;
  readonly failures: PollFailure[] = [];
  readonly snapshots: PolledSnapshot[] = [];
  readonly #waiters: (() => void)[] = [];

  constructor(stats: StatsAddress, everyMs = 20) {
    const notify = (): void => {
      for (const resolve of this.#waiters.splice(0)) resolve();
    };
    this.poller = createPoller({
      instance: instanceWithStats(stats, everyMs),
      clock: systemClock,
      onSnapshot: (snapshot) => {
        this.snapshots.push(snapshot);
        notify();
      },
      onFailure: (failure) => {
        this.failures.push(failure);
        notify();
      },
    });
    this.poller.start();
  }

  /** The first snapshot from now on that satisfies the condition. */
  async waitForSnapshot(holds: (snapshot: PolledSnapshot) => boolean): Promise<PolledSnapshot> {
    for (let next = this.snapshots.length; ; ) {
      for (; next < this.snapshots.length; next += 1) {
        const snapshot = this.snapshots[next];
        if (snapshot && holds(snapshot)) return snapshot;
      }
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** The first failure, past or future. */
  async failure(): Promise<PollFailure> {
    while (this.failures.length === 0) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    return this.failures[0] as PollFailure;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.poller.stop();
  }
}

/** The server of this name, `backend/server`. */
export function findServer(snapshot: StatsSnapshot, name: string): ServerView {
  const view = snapshot.servers.find(({ backend, server }) => `${backend}/${server}` === name);
  if (!view) throw new Error(`no ${name}`);
  return view;
}
