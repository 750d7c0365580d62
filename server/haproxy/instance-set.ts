import { isDeepStrictEqual } from "node:util";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { StatsColumn } from "../contract/incident.ts";
import type { Lateness } from "../contract/lateness.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { DiscoverySettings, InstanceSettings } from "../contract/settings.ts";
import { toHaprobeError } from "../errors.ts";
import { ScopedFiles } from "../scoped-files.ts";
import { createSerialQueue } from "../serial-queue.ts";
import { createDiscovery, type Discovery, type DiscoveryFailure } from "./discovery.ts";
import type { ResolveDns } from "./dns-lookup.ts";
import { createPoller, type OnSnapshot, type Poller, type PollFailure } from "./poller.ts";

/** HAProxies that are configured by address, and DNS names that lead to further ones. */
export interface DesiredInstances {
  readonly instances: readonly InstanceSettings[];
  readonly discoveries: readonly DiscoverySettings[];
}

export interface InstanceSetOptions {
  readonly clock: Clock;
  /** Default: the machine's resolver. */
  readonly resolve?: ResolveDns;
  /** Opens the files that addresses name; default: without scopes. */
  readonly files?: ScopedFiles;
}

/** Receives what pollers and DNS lookups report. */
export interface InstanceSetListener {
  /**
   * Receives all instances before any new one of them is polled: once for each `apply`, and whenever DNS leads to
   * others than before.
   */
  readonly onConfigured: (instances: readonly InstanceSettings[]) => void;
  readonly onSnapshot: OnSnapshot;
  readonly onFailure: (failure: PollFailure) => void;
  readonly onPollMeasured: (instance: InstanceName, durationMs: number, ok: boolean) => void;
  readonly onDiscoveryFailure: (failure: DiscoveryFailure) => void;
}

/** One poller for each desired instance. A poller whose settings stay the same goes on. */
export interface InstanceSet {
  /** Sets the only listener; called once, before `apply`. */
  start(listener: InstanceSetListener): void;
  /** Replaces the desired instances; resolves when they are being polled. Calls run one after another. */
  apply(desired: DesiredInstances): Promise<void>;
  pollSoon(instance: InstanceName, backend: string): void;
  /** The newest row of a server, as it came; null where no response has it. */
  statsRow(instance: InstanceName, backend: string, server: string): readonly StatsColumn[] | null;
  /** Instances whose next poll should have ended `lateAfterMs` ago. */
  latePolls(): Lateness["polls"];
  /** DNS names without a finished lookup. */
  pendingDiscoveries(): readonly string[];
  /** Resolves when no poller and no lookup is left. */
  stop(): Promise<void>;
}

interface ActiveDiscovery {
  readonly settings: DiscoverySettings;
  readonly discovery: Discovery;
  instances: readonly InstanceSettings[];
  isAttempted: boolean;
}

export function createInstanceSet({ clock, resolve, files = new ScopedFiles() }: InstanceSetOptions): InstanceSet {
  const pollers = new Map<InstanceName, { readonly settings: InstanceSettings; readonly poller: Poller }>();
  const discoveries = new Map<string, ActiveDiscovery>();
  const enqueue = createSerialQueue();
  let listener: InstanceSetListener | null = null;
  let configured: readonly InstanceSettings[] = [];
  let active: readonly InstanceSettings[] | null = null;
  let stopped = false;

  /** The first instance of a name wins: a configured one is not replaced by a discovered one of the same name. */
  function desiredInstances(): readonly InstanceSettings[] {
    const byName = new Map<InstanceName, InstanceSettings>();
    for (const instance of [...configured, ...[...discoveries.values()].flatMap(({ instances }) => instances)]) {
      if (!byName.has(instance.name)) byName.set(instance.name, instance);
    }
    return [...byName.values()];
  }

  async function reconcile(events: InstanceSetListener): Promise<void> {
    const desired = desiredInstances();
    const unchanged = desired.filter((settings) => isDeepStrictEqual(pollers.get(settings.name)?.settings, settings));
    const kept = new Set(unchanged.map(({ name }) => name));
    const ended = [...pollers].filter(([name]) => !kept.has(name));
    for (const [name] of ended) pollers.delete(name);
    // A poller that stops may still report its last answer: it must have ended before another one takes its name.
    await Promise.all(ended.map(([, { poller }]) => poller.stop()));
    if (!isDeepStrictEqual(active, desired)) {
      events.onConfigured(desired);
      active = desired;
    }
    for (const settings of desired) {
      if (kept.has(settings.name)) continue;
      const { onSnapshot, onFailure, onPollMeasured } = events;
      const poller = createPoller({ instance: settings, clock, files, onSnapshot, onFailure, onPollMeasured });
      pollers.set(settings.name, { settings, poller });
      poller.start();
    }
  }

  function startDiscovery(settings: DiscoverySettings, events: InstanceSetListener): void {
    const discovery = createDiscovery({
      settings,
      clock,
      ...(resolve === undefined ? {} : { resolve }),
      onInstancesChanged(found) {
        entry.instances = found;
        enqueue(async () => {
          if (!stopped) await reconcile(events);
          entry.isAttempted = true;
        }).catch((error: unknown) => {
          const { code, message } = toHaprobeError(error);
          onFailure({ name: settings.name, code, message });
        });
      },
      onFailure,
    });
    const entry: ActiveDiscovery = { settings, discovery, instances: [], isAttempted: false };
    discoveries.set(settings.name, entry);
    discovery.start();

    function onFailure(failure: DiscoveryFailure): void {
      entry.isAttempted = true;
      events.onDiscoveryFailure(failure);
    }
  }

  return {
    start(events) {
      listener = events;
    },
    apply(desired) {
      return enqueue(async () => {
        if (stopped || listener === null) return;
        configured = desired.instances;
        const ended = [...discoveries.values()].filter(
          (entry) => !desired.discoveries.some((settings) => isDeepStrictEqual(settings, entry.settings)),
        );
        for (const { settings } of ended) discoveries.delete(settings.name);
        await Promise.all(ended.map(({ discovery }) => discovery.stop()));
        for (const settings of desired.discoveries) {
          if (!discoveries.has(settings.name)) startDiscovery(settings, listener);
        }
        // The instances may stay the same while the rules differ.
        active = null;
        await reconcile(listener);
      });
    },
    pollSoon(instance, backend) {
      pollers.get(instance)?.poller.pollSoon(backend);
    },
    statsRow: (instance, backend, server) => pollers.get(instance)?.poller.statsRow(backend, server) ?? null,
    latePolls: () =>
      Array.from(pollers, ([instance, { poller }]) => ({ instance, lateMs: poller.lateMs() })).filter(
        ({ lateMs }) => lateMs >= BOUNDS.lateAfterMs,
      ),
    pendingDiscoveries: () =>
      [...discoveries.values()].filter(({ isAttempted }) => !isAttempted).map(({ settings }) => settings.name),
    async stop() {
      stopped = true;
      await Promise.all([...discoveries.values()].map(({ discovery }) => discovery.stop()));
      await enqueue(() => Promise.all([...pollers.values()].map(({ poller }) => poller.stop())));
    },
  };
}
