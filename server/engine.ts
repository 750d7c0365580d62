import { applyFileCheck } from "./advise/file-checks.ts";
import { BOUNDS } from "./bounds.ts";
import { type Clock, measureWallOffset } from "./clock.ts";
import { ConfiguredChecks } from "./configured-checks.ts";
import { DEFAULT_RULE } from "./config/defaults.ts";
import { renderRules } from "./config/render.ts";
import type { Lateness } from "./contract/lateness.ts";
import type { FaultReporter, Measurements } from "./contract/ports.ts";
import type { InstanceName } from "./contract/server-key.ts";
import { manualProbeCommand } from "./contract/repeat-commands.ts";
import type { SourcesReader } from "./contract/server-sources.ts";
import type { InstanceSettings, Settings } from "./contract/settings.ts";
import { CONTRACT_VERSION } from "./contract/status.ts";
import type { DiscoveryFailure } from "./haproxy/discovery.ts";
import { createInstanceSet } from "./haproxy/instance-set.ts";
import type { AssignTarget } from "./monitor/inventory.ts";
import { MONITOR_LIMITS, type RestoredState } from "./monitor/monitor-options.ts";
import { Monitor } from "./monitor/monitor.ts";
import { withheldText } from "./probe/credentials.ts";
import { createScheduler } from "./probe/scheduler.ts";
import { HeldClock } from "./recording/held-clock.ts";
import { MonitorInputs, recordAssignments } from "./recording/monitor-inputs.ts";
import type { Recorder } from "./recording/recorder.ts";
import { redactRule } from "./recording/redact-target.ts";
import { ScopedFiles } from "./scoped-files.ts";
import { assignTarget } from "./targets/assign-target.ts";
import type { HostPort } from "./targets/host-port.ts";
import { findMatchingRule } from "./targets/rule-match.ts";

/** The part of the settings that the engine uses. */
export type EngineSettings = Pick<Settings, "instances" | "discoveries" | "rules"> &
  Partial<Pick<Settings, "fileScopes">>;

/** Pollers, prober and monitor, connected: what `serve`, `check` and `wait` have in common. */
export interface Engine extends SourcesReader {
  readonly monitor: Monitor;
  /**
   * Resolves when the named instances are being polled; called once. No guessed probe goes to `ownEndpoints`, the
   * addresses on which haprobe itself listens.
   */
  start(ownEndpoints?: readonly HostPort[]): Promise<void>;
  /** Replaces instances and rules. Instances and servers that stay the same keep their state. */
  configure(settings: EngineSettings): Promise<void>;
  /** Continues incidents and verdicts that an earlier run left and that can be read only now. */
  restoreLate(left: RestoredState): void;
  /** Names of instances without a finished poll, and of DNS names without a finished lookup. */
  unpolled(): readonly string[];
  /** Polls, probes and judgements that do not happen in time. */
  lateness(): Lateness;
  /** Resolves when no socket and no timer is left. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly vantage: string;
  readonly epoch: string;
  readonly faults: FaultReporter;
  readonly measurements?: Measurements;
  /** What an earlier run left. */
  readonly restored?: RestoredState;
  /** Records what enters the monitor; the engine begins the recording and its owner closes it. */
  readonly recorder?: Recorder;
  /** Called at most once a minute with the number of probes that this machine could not send. */
  readonly onOwnFault: (detail: string, count: number) => void;
  /** Called for each failed lookup of a DNS name that should lead to instances. */
  readonly onDiscoveryFailure: (failure: DiscoveryFailure) => void;
}

/** Builds pollers, prober and monitor; nothing is sent before `start`. */
export function createEngine(options: EngineOptions): Engine {
  const { settings, clock, random, vantage, epoch, faults, measurements, restored, onOwnFault, onDiscoveryFailure } =
    options;
  const recorder = options.recorder ?? null;
  let { rules } = settings;
  let ownEndpoints: readonly HostPort[] = [];
  const assign: AssignTarget = recordAssignments(
    (view, instance, proof) =>
      applyFileCheck(
        assignTarget(view, instance, rules, DEFAULT_RULE, proof, ownEndpoints),
        configured.find(instance.name, view.backend, view.server),
      ),
    recorder,
  );

  const files = new ScopedFiles(settings.fileScopes);
  const configured = new ConfiguredChecks(files, clock);
  let wanted: readonly InstanceSettings[] = settings.instances;
  const recordedRules = (): string => (recorder === null ? "" : renderRules(rules.map(redactRule)));

  const scheduler = createScheduler({ clock, vantage, random, scopedFiles: files });
  const instances = createInstanceSet({ clock, files });
  const heldClock = new HeldClock(clock);
  const startedAt = heldClock.hold();
  recorder?.begin(
    startedAt,
    heldClock.offset,
    { instances: settings.instances, rules: recordedRules() },
    restored ?? null,
  );
  const monitor = new Monitor({
    vantage,
    epoch,
    clock: heldClock,
    limits: MONITOR_LIMITS,
    instances: settings.instances,
    assign,
    actions: {
      scheduleTarget: (target, pace) => scheduler.ensure(target, pace),
      removeTarget: (key) => scheduler.forget(key),
      probeSoon: (key) => scheduler.probeSoon(key),
      suppressHedging: (key, on) => scheduler.suppressHedging(key, on),
      pollSoon: (instance, backend) => instances.pollSoon(instance, backend),
      statsRow: (instance, backend, server) => instances.statsRow(instance, backend, server),
    },
    faults,
    inSlices: true,
    ...(restored === undefined ? {} : { restored }),
  });
  heldClock.release();
  if (recorder !== null) monitor.subscribe(recorder);
  const inputs = new MonitorInputs(monitor, heldClock, recorder);

  let isStopped = false;
  let cancelTick: (() => void) | null = null;
  function tick(): void {
    cancelTick = clock.after(BOUNDS.tickEveryMs, tick);
    inputs.tick();
  }

  /** Reads the files of an instance again, and assigns its servers anew where they changed. */
  async function rereadFiles(name: InstanceName): Promise<void> {
    if (!(await configured.reread(name)) || isStopped) return;
    inputs.configure(wanted, assign, recordedRules());
    monitor.setOwnFindings("cfg", configured.findings);
  }

  async function applySettings(next: EngineSettings): Promise<void> {
    await configured.readAll(next.instances);
    await instances.apply(next);
    monitor.setOwnFindings("cfg", configured.findings);
  }

  return {
    monitor,
    async start(own = []) {
      ownEndpoints = own;
      inputs.start();
      scheduler.start({
        onResult(result) {
          for (const instance of inputs.acceptResult(result)) {
            measurements?.recordPhases(instance, result.phasesMs);
          }
        },
        onProbeMeasured: (outcome) => measurements?.recordProbe(outcome),
        onOwnFault,
        onCredentialsWithheld: (key, why) =>
          inputs.setCredentialsWithheld(key, why === null ? null : withheldText(why)),
      });
      instances.start({
        onConfigured: (next) => {
          wanted = next;
          inputs.configure(next, assign, recordedRules());
        },
        onSnapshot: (snapshot) => {
          if (configured.takeReload(snapshot.instance, snapshot.epoch)) void rereadFiles(snapshot.instance);
          return inputs.acceptSnapshot(snapshot, snapshot.effectiveEveryMs);
        },
        onFailure: (failure) => inputs.acceptPollFailure(failure.instance, failure, failure.effectiveEveryMs),
        onPollMeasured: (name, durationMs, ok) => measurements?.recordPoll(name, durationMs, ok),
        onDiscoveryFailure,
      });
      tick();
      await applySettings(settings);
    },
    configure(next) {
      rules = next.rules;
      files.replace(next.fileScopes ?? new Map());
      return applySettings(next);
    },
    restoreLate: (left) => inputs.restoreLate(left),
    unpolled: () => [...instances.pendingDiscoveries(), ...monitor.unpolledInstances()],
    sources(key) {
      const found = monitor.viewOf(key);
      if (found === null) return null;
      const { view, instance, assignment } = found;
      const row = (instances.statsRow(instance.name, view.backend, view.server) ?? []).slice(
        0,
        BOUNDS.evidenceColumnsMax,
      );
      const rule = findMatchingRule(rules, view, instance);
      const matched = rule === null ? null : { place: rules.indexOf(rule) + 1, match: rule.match };
      const answered = assignment.kind === "target" ? scheduler.responseHeaders(assignment.target.key) : null;
      const response =
        answered === null
          ? null
          : {
              at: new Date(measureWallOffset(clock) + answered.at).toISOString(),
              headers: answered.headers,
            };
      const curl = assignment.kind === "target" ? manualProbeCommand(assignment.target) : null;
      return { version: CONTRACT_VERSION, key, row, rule: matched, curl, response };
    },
    lateness() {
      const judgeMs = clock.now() - monitor.passEndedAt;
      return {
        polls: instances.latePolls(),
        probes: scheduler.lateProbes(),
        judgeMs: judgeMs < BOUNDS.lateAfterMs ? 0 : judgeMs,
      };
    },
    async stop() {
      isStopped = true;
      cancelTick?.();
      await instances.stop();
      await scheduler.stop();
      monitor.finish();
    },
  };
}
