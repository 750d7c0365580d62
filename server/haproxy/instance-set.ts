import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../clock.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { DiscoverySettings, InstanceSettings } from "../contract/settings.ts";
import { createDiscovery, type Discovery, type DiscoveryFailure } from "./discovery.ts";
import type { ResolveDns } from "./dns-lookup.ts";
import { createPoller, type PolledSnapshot, type Poller, type PollFailure } from "./poller.ts";

/** Which HAProxies are to be asked: those that are named, and those that a name in DNS leads to. */
export interface DesiredInstances {
  readonly instances: readonly InstanceSettings[];
  readonly discoveries: readonly DiscoverySettings[];
}

export interface InstanceSetOptions {
  readonly clock: Clock;
  /** Called with all instances whenever they are others than before, and before any of them is asked. */
  readonly onInstancesChanged: (instances: readonly InstanceSettings[]) => void;
  readonly onSnapshot: (snapshot: PolledSnapshot) => void;
  readonly onFailure: (failure: PollFailure) => void;
  readonly onPollMeasured: (instance: InstanceName, durationMs: number, ok: boolean) => void;
  readonly onDiscoveryFailure: (failure: DiscoveryFailure) => void;
  /** Default: the machine's resolver. */
  readonly resolve?: ResolveDns;
}

/** A poller for each instance, kept equal to what is wanted. What does not change goes on undisturbed. */
export interface InstanceSet {
  /** Goes on with these; resolves when they are being asked. Calls follow one another. */
  apply(wanted: DesiredInstances): Promise<void>;
  /** Those that are asked now. */
  currentInstances(): readonly InstanceSettings[];
  pollSoon(instance: InstanceName, backend: string): void;
  /** Names in DNS that gave neither an answer nor an error yet. */
  pendingDiscoveries(): readonly string[];
  stop(): Promise<void>;
}

interface ActiveDiscovery {
  readonly settings: DiscoverySettings;
  readonly discovery: Discovery;
  instances: readonly InstanceSettings[];
  isAttempted: boolean;
}

export function createInstanceSet(options: InstanceSetOptions): InstanceSet {
  const { clock } = options;
  const pollers = new Map<InstanceName, { readonly settings: InstanceSettings; readonly poller: Poller }>();
  const searches = new Map<string, ActiveDiscovery>();
  let named: readonly InstanceSettings[] = [];
  let told: readonly InstanceSettings[] = [];
  let line: Promise<void> = Promise.resolve();
  let stopped = false;

  /** Changes follow one another, so that no two of them start and end the same poller. */
  function inLine(work: () => Promise<void>): Promise<void> {
    line = line.then(() => (stopped ? undefined : work()));
    return line;
  }

  /** The first of a name counts: one that is written down is not replaced by one that DNS happens to name alike. */
  function wantedNow(): readonly InstanceSettings[] {
    const byName = new Map<InstanceName, InstanceSettings>();
    for (const instance of [...named, ...[...searches.values()].flatMap(({ instances: found }) => found)]) {
      if (!byName.has(instance.name)) byName.set(instance.name, instance);
    }
    return [...byName.values()];
  }

  async function settle(): Promise<void> {
    const wanted = wantedNow();
    const stays = new Set(
      wanted.filter(({ name }, i) => isDeepStrictEqual(pollers.get(name)?.settings, wanted[i])).map(({ name }) => name),
    );
    const ended = [...pollers].filter(([name]) => !stays.has(name));
    for (const [name] of ended) pollers.delete(name);
    // A poller that ends may still be telling what it has just read: it must be gone before another takes its name.
    await Promise.all(ended.map(([, { poller }]) => poller.stop()));
    if (!isDeepStrictEqual(told, wanted)) {
      told = wanted;
      options.onInstancesChanged(wanted);
    }
    for (const settings of wanted) {
      if (stays.has(settings.name)) continue;
      const { onSnapshot, onFailure, onPollMeasured: onMeasured } = options;
      const poller = createPoller({ instance: settings, clock, onSnapshot, onFailure, onPollMeasured: onMeasured });
      pollers.set(settings.name, { settings, poller });
      poller.start();
    }
  }

  function search(settings: DiscoverySettings): ActiveDiscovery {
    const discovery = createDiscovery({
      settings,
      clock,
      ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
      onInstancesChanged(found) {
        own.instances = found;
        void inLine(settle).then(() => {
          own.isAttempted = true;
        });
      },
      onFailure(failure) {
        own.isAttempted = true;
        options.onDiscoveryFailure(failure);
      },
    });
    const own: ActiveDiscovery = { settings, discovery, instances: [], isAttempted: false };
    return own;
  }

  return {
    apply({ instances, discoveries }) {
      return inLine(async () => {
        named = instances;
        const known = new Map(searches);
        const ended = [...known.values()].filter(
          (each) => !discoveries.some((settings) => isDeepStrictEqual(settings, each.settings)),
        );
        for (const { settings } of ended) searches.delete(settings.name);
        await Promise.all(ended.map(({ discovery }) => discovery.stop()));
        for (const settings of discoveries) {
          if (searches.has(settings.name)) continue;
          const own = search(settings);
          searches.set(settings.name, own);
          own.discovery.start();
        }
        await settle();
      });
    },
    currentInstances: () => told,
    pollSoon(instance, backend) {
      pollers.get(instance)?.poller.pollSoon(backend);
    },
    pendingDiscoveries: () =>
      [...searches.values()].filter(({ isAttempted: tried }) => !tried).map(({ settings }) => settings.name),
    async stop() {
      stopped = true;
      await Promise.all([...searches.values()].map(({ discovery }) => discovery.stop()));
      await line;
      await Promise.all([...pollers.values()].map(({ poller }) => poller.stop()));
    },
  };
}
