import { isDeepStrictEqual } from "node:util";
import { BOUNDS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import { DEFAULT_RULE } from "./config/defaults.ts";
import type { EventSink, Measurements } from "./contract/ports.ts";
import type { InstanceSettings, Settings } from "./contract/settings.ts";
import { createPoller, type Poller } from "./haproxy/poller.ts";
import type { Assign } from "./monitor/inventory.ts";
import { Monitor } from "./monitor/monitor.ts";
import { createScheduler } from "./probe/scheduler.ts";
import { assign } from "./targets/assign.ts";

/** The part of the settings that the engine lives by. */
export type EngineSettings = Pick<Settings, "instances" | "rules">;

/** Both witnesses and the judge, joined: what `serve` and `check` have in common. */
export interface Engine {
  readonly monitor: Monitor;
  start(): void;
  /** Goes on with other instances and rules. What they do not touch goes on undisturbed, with its state. */
  configure(settings: EngineSettings): Promise<void>;
  /** Resolves when nothing of it is left: no socket, no timer. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly vantage: string;
  readonly epoch: string;
  readonly sinks: readonly EventSink[];
  readonly measurements?: () => Measurements | null;
  /** Told, seldom, of probes that this machine itself could not send. */
  readonly onOwnFault: (detail: string, count: number) => void;
}

/** Builds pollers, prober and monitor for the settings; nothing moves before `start`. */
export function createEngine(options: EngineOptions): Engine {
  const { settings, clock, random, vantage, epoch, sinks, onOwnFault } = options;
  const pollers = new Map<string, Poller>();
  const measured = (): Measurements | null => options.measurements?.() ?? null;
  const scheduler = createScheduler({
    clock,
    vantage,
    random,
    onResult: (result) => monitor.acceptResult(result),
    onMeasured: (phases, outcome) => measured()?.probe(phases, outcome),
    onOwnFault,
  });
  const monitor = new Monitor({
    vantage,
    epoch,
    clock,
    limits: {
      stale: { intervals: BOUNDS.staleIntervals, floorMs: BOUNDS.staleFloorMs },
      serversMax: BOUNDS.serversMax,
      tickEveryMs: BOUNDS.tickEveryMs,
      pauseFactor: BOUNDS.pauseFactor,
      fleetEveryMs: BOUNDS.fleetEveryMs,
    },
    instances: settings.instances,
    assign: assignBy(settings),
    actions: {
      ensure: (target, pace) => scheduler.ensure(target, pace),
      forget: (key) => scheduler.forget(key),
      hurry: (key) => scheduler.hurry(key),
      kick: (instance, backend) => pollers.get(instance)?.kick(backend),
    },
    sinks,
  });
  const newPoller = (instance: InstanceSettings): Poller =>
    createPoller({
      instance,
      clock,
      onSnapshot: (snapshot) => monitor.acceptSnapshot(snapshot, snapshot.effectiveEveryMs),
      onFailure: (failure) => monitor.acceptPollFailure(failure.instance, failure, failure.effectiveEveryMs),
      onMeasured: (name, durationMs, ok) => measured()?.poll(name, durationMs, ok),
    });
  let polled: readonly InstanceSettings[] = settings.instances;
  for (const instance of polled) pollers.set(instance.name, newPoller(instance));

  let cancelTick: (() => void) | null = null;
  const tick = (): void => {
    cancelTick = clock.after(BOUNDS.tickEveryMs, tick);
    monitor.tick();
  };

  return {
    monitor,
    start() {
      for (const poller of pollers.values()) poller.start();
      tick();
    },
    async configure(next) {
      const unchanged = new Set(
        next.instances.filter((wanted) => polled.some((known) => isDeepStrictEqual(known, wanted))),
      );
      const kept = new Set([...unchanged].map(({ name }) => name));
      const ended = [...pollers].filter(([name]) => !kept.has(name));
      for (const [name] of ended) pollers.delete(name);
      // A poller that ends may still be telling what it has just read: it must be gone before another takes its name.
      await Promise.all(ended.map(([, poller]) => poller.stop()));
      polled = next.instances;
      monitor.configure(next.instances, assignBy(next));
      for (const instance of next.instances) {
        if (unchanged.has(instance)) continue;
        const poller = newPoller(instance);
        pollers.set(instance.name, poller);
        poller.start();
      }
    },
    async stop() {
      cancelTick?.();
      await Promise.all([...pollers.values()].map((poller) => poller.stop()));
      await scheduler.stop();
    },
  };
}

function assignBy({ rules }: EngineSettings): Assign {
  return (view, instance, proof) => assign(view, instance, rules, DEFAULT_RULE, proof);
}
