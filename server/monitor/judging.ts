import { BOUNDS } from "../bounds.ts";
import type { FaultReporter } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import { observePace } from "../judge/check-pace.ts";
import type { JudgeContext } from "../judge/judge-context.ts";
import { judgeServer } from "../judge/judge-server.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import { updateEpisodes } from "../judge/stability.ts";
import { type BackendEntry, getOrCreateBackend, isHealthy } from "./backend-entry.ts";
import type { BlindnessDetector } from "./blindness-detector.ts";
import type { ChangeListeners } from "./change-listeners.ts";
import { type Consequence, consequencesOf, type JudgementCause } from "./consequences.ts";
import type { EventFeed } from "./event-feed.ts";
import { collectEvidence } from "./incident-evidence.ts";
import type { IncidentRegistry } from "./incident-registry.ts";
import type { MemberReading } from "./member-fact.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import { updateMisrouted } from "./misrouted-update.ts";
import { isSettled, type RestoredVerdicts } from "./restored-verdicts.ts";
import { evidenceChanged, toServerName, verdictChanged } from "./server-events.ts";
import {
  clientsOf,
  connectsOf,
  failingOf,
  isEvidenceNews,
  isRowNews,
  markRowNotified,
  type ServerEntry,
} from "./server-entry.ts";
import type { StatusReader } from "./status-reader.ts";
import type { MonitorActions, TargetRegistry } from "./target-registry.ts";
import { readTraffic } from "./traffic-reading.ts";
import { gradeDecidingCheck, resolveTrackedCheck } from "./tracked-check.ts";
import type { WallTime } from "./wall-time.ts";

/** What judging reads and what its consequences act on. */
export interface JudgingParts {
  readonly targets: TargetRegistry;
  readonly incidents: IncidentRegistry;
  readonly restored: RestoredVerdicts;
  readonly blindness: BlindnessDetector;
  readonly reader: StatusReader;
  readonly events: EventFeed;
  readonly changes: ChangeListeners;
  readonly actions: MonitorActions;
  readonly wallTime: WallTime;
  readonly faults: FaultReporter;
}

/** Judges single servers, keeps the outcome in their entries and applies what follows from it. */
export class Judging {
  /** End of the last pause of this process; probes sent before it say nothing. */
  pausedUntil = Number.NEGATIVE_INFINITY;
  readonly #parts: JudgingParts;
  readonly #failed = new Set<ServerEntry>();
  readonly #healthChanged = new Set<BackendEntry>();

  constructor(parts: JudgingParts) {
    this.#parts = parts;
  }

  /** Judges a server at `now`. An error is reported and leaves the server with its last state; the others go on. */
  judge(instance: InstanceEntry, backend: BackendEntry, server: ServerEntry, cause: JudgementCause, now: number): void {
    try {
      this.#judge(instance, backend, server, cause, now);
      if (this.#failed.size > 0) this.#failed.delete(server);
    } catch (error) {
      this.#failed.add(server);
      this.#parts.faults.recordFault({ part: "server", name: server.key, error });
    }
  }

  /** Judges a server apart from the answers of its instance; one of them may be applied in part, or have removed it. */
  judgeAlone(instance: InstanceEntry, server: ServerEntry, cause: JudgementCause, now: number): void {
    if (instance.servers.get(server.key) !== server) return;
    const backend = getOrCreateBackend(instance, server.view.backend);
    if (server.judgedView !== server.view) backend.isUnobserved = true;
    this.judge(instance, backend, server, cause, now);
  }

  /** Counts the traffic of a server that has, or had, the fault of an incident; to be called after each poll. */
  countTraffic(backend: BackendEntry, server: ServerEntry, now: number): void {
    const { incidents } = this.#parts;
    if (!incidents.isMember(server.key)) return;
    try {
      incidents.countTraffic(server, () => readTraffic(server, backend), now);
    } catch (error) {
      this.#parts.faults.recordFault({ part: "server", name: server.key, error });
    }
  }

  /** Emits the rows of the mismatches whose backend has another number of healthy servers since the last call. */
  emitHealthyLeft(): void {
    for (const { servers } of this.#healthChanged) {
      for (const { key, memory } of servers) {
        if (memory !== null && memory.decision.phase !== null) this.#parts.changes.emit({ kind: "server", key });
      }
    }
    this.#healthChanged.clear();
  }

  /** Servers whose last judging threw. */
  get failed(): Iterable<ServerEntry> {
    return this.#failed;
  }

  /** Drops what is kept of a server that is gone. */
  remove(server: ServerEntry): void {
    this.#failed.delete(server);
    this.#parts.blindness.remove(server);
  }

  #judge(
    instance: InstanceEntry,
    backend: BackendEntry,
    server: ServerEntry,
    cause: JudgementCause,
    now: number,
  ): void {
    const before = server.memory;
    const wasHealthy = isHealthy(server);
    const seen = { view: server.view, at: server.viewAt };
    const probes: readonly ProbeResult[] = server.result === null ? [] : [server.result];
    const context = this.#contextOf(instance, backend, server, now);
    const judgement = judgeServer(before, seen, probes, server.assignment, now, context);

    server.memory = this.#continueSince(instance, server, judgement.next, now);
    server.judgedView = server.view;
    if (before !== null) backend.checkPace = observePace(backend.checkPace, before, judgement.next);
    server.misrouted = updateMisrouted(server, backend.view, instance.info, this.#parts.incidents, now);
    server.quality = gradeDecidingCheck(instance, server);
    server.episodes = updateEpisodes(server.episodes, judgement.next.disagreement?.verdict === "false-up", now);
    // After a restart HAProxy has each server UP before its first check.
    if (server.view.check.status !== "INI") {
      const isDown = server.view.state === "down";
      server.downEpisodes = updateEpisodes(server.downEpisodes, isDown, now, BOUNDS.flappingWindowMs);
    }
    this.#parts.blindness.update(server, now);
    if (isHealthy(server) !== wasHealthy) {
      this.#healthChanged.add(backend);
      if (backend.healthyCount !== null) backend.healthyCount += wasHealthy ? -1 : 1;
    }

    const rowChanged = isRowNews(server);
    markRowNotified(server, rowChanged);
    const isNewEvidence = cause === "lost" || isEvidenceNews(server);
    for (const consequence of consequencesOf(before, judgement, cause, isNewEvidence, rowChanged)) {
      this.#apply(consequence, instance, backend, server, before, now);
    }
    // A store that opened late has the mismatch with the begin of this run.
    const isContinuedLate = server.memory !== judgement.next && before?.decision.phase === "confirmed";
    if (isContinuedLate) this.#apply("emit-verdict", instance, backend, server, before, now);
  }

  #continueSince(instance: InstanceEntry, server: ServerEntry, memory: ServerMemory, now: number): ServerMemory {
    const { restored } = this.#parts;
    if (!isSettled(memory.decision)) return memory;
    server.settledSince ??= memory.decision.since;
    return restored.size === 0 ? memory : restored.continueSince(server, instance.settings.site, memory, now);
  }

  #apply(
    consequence: Consequence,
    instance: InstanceEntry,
    backend: BackendEntry,
    server: ServerEntry,
    before: ServerMemory | null,
    now: number,
  ): void {
    const { targets, incidents, reader, events, changes, actions, wallTime } = this.#parts;
    switch (consequence) {
      case "update-pace":
        return targets.updatePace(server);
      case "probe-soon":
        return targets.probeSoon(server);
      case "emit-verdict":
      case "emit-evidence": {
        const status = reader.status(instance, server);
        if (status === null || server.memory === null) return;
        const beganAt = wallTime.ms(server.memory.decision.since);
        const event =
          consequence === "emit-verdict"
            ? verdictChanged(server, instance.settings, before, status, beganAt)
            : evidenceChanged(server, instance.settings, status, beganAt);
        server.evidence = event.to;
        server.saidClients = clientsOf(server.memory);
        server.saidConnects = connectsOf(server.memory);
        server.saidFailing = failingOf(server);
        return events.emit(event);
      }
      case "update-incidents": {
        const { view } = server;
        const reading: MemberReading = {
          describe: () => reader.status(instance, server)?.sentence ?? "",
          collectEvidence: () =>
            collectEvidence(server, instance.settings, actions.statsRow(server.instance, view.backend, view.server)),
          readTraffic: () => readTraffic(server, backend),
        };
        return incidents.update(server, toServerName(server, instance.settings), reading, now);
      }
      case "update-hedging": {
        const target = server.assignment.kind === "target" ? targets.find(server.assignment.target.key) : undefined;
        if (target !== undefined) targets.updateHedging(target);
        return;
      }
      case "poll-soon":
        return actions.pollSoon(server.instance, server.view.backend);
      case "emit-row":
        return changes.emit({ kind: "server", key: server.key });
    }
  }

  #contextOf(instance: InstanceEntry, backend: BackendEntry, server: ServerEntry, now: number): JudgeContext {
    const { othersRespondedSince, isBlind } = this.#parts.blindness.assessServer(server, now);
    return {
      epoch: server.epoch,
      isStale: instance.isStale || (instance.resumedAt !== null && server.viewAt < instance.resumedAt),
      pausedUntil: this.pausedUntil,
      siblingDepth: backend.observedCheck.depth,
      checkPace: backend.checkPace,
      trackedCheck: resolveTrackedCheck(instance, server),
      othersRespondedSince,
      isBlind,
    };
  }
}
