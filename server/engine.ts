import { BOUNDS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import { DEFAULT_RULE } from "./config/defaults.ts";
import type { EventSink, Measurements } from "./contract/ports.ts";
import type { Settings } from "./contract/settings.ts";
import type { DiscoveryFailure } from "./haproxy/discovery.ts";
import { createInstanceSet } from "./haproxy/instance-set.ts";
import type { AssignTarget } from "./monitor/inventory.ts";
import { Monitor } from "./monitor/monitor.ts";
import { withheldText } from "./probe/credentials.ts";
import { createScheduler } from "./probe/scheduler.ts";
import { assignTarget } from "./targets/assign-target.ts";
import type { HostPort } from "./targets/host-port.ts";

/** The part of the settings that the engine lives by. */
export type EngineSettings = Pick<Settings, "instances" | "discoveries" | "rules">;

/** Both witnesses and the judge, joined: what `serve` and `check` have in common. */
export interface Engine {
  readonly monitor: Monitor;
  /** Resolves when the instances that are named are being asked. */
  start(): Promise<void>;
  /** Goes on with other instances and rules. What they do not touch goes on undisturbed, with its state. */
  configure(settings: EngineSettings): Promise<void>;
  /** What nothing was heard of yet: instances, and names in DNS that should lead to some. */
  unpolled(): readonly string[];
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
  /** Where haprobe itself listens, each address with its port: nothing is sent there unless a rule names it. */
  readonly ownEndpoints: () => readonly HostPort[];
  /** Told, seldom, of probes that this machine itself could not send. */
  readonly onOwnFault: (detail: string, count: number) => void;
  /** Told of each failed lookup of a name that should lead to instances. */
  readonly onDiscoveryFailure: (failure: DiscoveryFailure) => void;
}

/** Builds pollers, prober and monitor for the settings; nothing moves before `start`. */
export function createEngine(options: EngineOptions): Engine {
  const {
    settings,
    clock,
    random,
    vantage,
    epoch,
    sinks,
    onOwnFault,
    onDiscoveryFailure,
    ownEndpoints: ownListeners,
  } = options;
  let { rules } = settings;
  const measured = (): Measurements | null => options.measurements?.() ?? null;
  const scheduler = createScheduler({
    clock,
    vantage,
    random,
    onResult(result) {
      const instances = monitor.acceptResult(result);
      for (const instance of instances) measured()?.recordPhases(instance, result.phasesMs);
    },
    onProbeMeasured: (outcome) => measured()?.recordProbe(outcome),
    onOwnFault,
    onCredentialsWithheld: (key, why) => monitor.setCredentialsWithheld(key, why === null ? null : withheldText(why)),
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
    assign: createAssignTarget(rules, ownListeners),
    actions: {
      scheduleTarget: (target, pace) => scheduler.ensure(target, pace),
      removeTarget: (key) => scheduler.forget(key),
      probeSoon: (key) => scheduler.probeSoon(key),
      suppressHedging: (key, on) => scheduler.suppressHedging(key, on),
      pollSoon: (instance, backend) => instances.pollSoon(instance, backend),
    },
    sinks,
  });
  const instances = createInstanceSet({
    clock,
    onInstancesChanged: (wanted) => monitor.configure(wanted, createAssignTarget(rules, ownListeners)),
    onSnapshot: (snapshot) => monitor.acceptSnapshot(snapshot, snapshot.effectiveEveryMs),
    onFailure: (failure) => monitor.acceptPollFailure(failure.instance, failure, failure.effectiveEveryMs),
    onPollMeasured: (name, durationMs, ok) => measured()?.recordPoll(name, durationMs, ok),
    onDiscoveryFailure,
  });

  let cancelTick: (() => void) | null = null;
  const tick = (): void => {
    cancelTick = clock.after(BOUNDS.tickEveryMs, tick);
    monitor.tick();
  };

  return {
    monitor,
    start() {
      tick();
      return instances.apply(settings);
    },
    async configure(next) {
      rules = next.rules;
      await instances.apply(next);
      // The instances may be the same while the rules are others.
      monitor.configure(instances.currentInstances(), createAssignTarget(rules, ownListeners));
    },
    unpolled: () => [...instances.pendingDiscoveries(), ...monitor.unpolledInstances()],
    async stop() {
      cancelTick?.();
      await instances.stop();
      await scheduler.stop();
    },
  };
}

function createAssignTarget(rules: Settings["rules"], own: () => readonly HostPort[]): AssignTarget {
  return (view, instance, proof) => assignTarget(view, instance, rules, DEFAULT_RULE, proof, own());
}
