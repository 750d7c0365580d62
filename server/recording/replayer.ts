import type { Clock } from "../clock.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { InternalFault } from "../contract/ports.ts";
import type { ServerKey } from "../contract/server-key.ts";
import { serverKey } from "../contract/server-key.ts";
import type { Assignment } from "../contract/target.ts";
import type { AssignTarget } from "../monitor/inventory.ts";
import { Monitor } from "../monitor/monitor.ts";
import type { MonitorLimits, RestoredVerdict } from "../monitor/monitor-options.ts";
import type { RecordedIncident, RecordedInput, RecordedStep, RecordingHead, Said } from "./recording-lines.ts";
import { toSaid } from "./said.ts";

export interface ReplayerOptions {
  readonly limits: MonitorLimits;
  /** Version of haprobe that slices its work as this one does. Other recordings, and other rules, are judged without slices. */
  readonly version: string | null;
  /** Other rules: what they say of a server, given what was said when it was recorded. Null: as recorded. */
  readonly reassign: ((recorded: Assignment, ...of: Parameters<AssignTarget>) => Assignment) | null;
  /** `isState`: said while the state at the beginning of a recording was restored. */
  readonly onSaid: (said: Said, isState: boolean) => void;
  readonly onFault: (fault: InternalFault) => void;
}

/** Judges a recording again: gives its inputs to a monitor, each at its own time. */
export class Replayer {
  readonly #options: ReplayerOptions;
  #head: RecordingHead | null = null;
  #monitor: Monitor | null = null;
  #isState = false;
  #now = 0;
  #wallOffset = 0;
  #incidents: IncidentRecord[] = [];
  #verdicts: RestoredVerdict[] = [];
  readonly #assignments = new Map<ServerKey, Assignment>();

  constructor(options: ReplayerOptions) {
    this.#options = options;
  }

  apply(step: RecordedStep): void {
    if (step.kind === "begin") {
      if (!step.isContinued) this.#begin(step.head);
      return;
    }
    if (step.kind === "said") return;
    if (step.kind === "restored") {
      if ("incident" in step) this.#incidents.push(toIncidentRecord(step.incident));
      else this.#verdicts.push(step.verdict);
      return;
    }
    this.#isState = step.isState;
    this.#now = step.at;
    this.#wallOffset = step.wallOffset;
    for (const [key, assignment] of step.assignments) this.#assignments.set(key, assignment);
    this.#applyInput(step.input);
  }

  #begin(head: RecordingHead): void {
    this.#head = head;
    this.#monitor = null;
    this.#assignments.clear();
    this.#incidents = [];
    this.#verdicts = [];
  }

  #applyInput(input: RecordedInput): void {
    if (input.kind === "configured" && this.#monitor === null) {
      this.#monitor = this.#createMonitor(input.configuration);
      this.#incidents = [];
      this.#verdicts = [];
      return;
    }
    const monitor = this.#monitor;
    switch (input.kind) {
      case "started":
        monitor?.start();
        break;
      case "poll":
        void monitor?.acceptSnapshot(input.snapshot, input.everyMs);
        break;
      case "poll-failed":
        monitor?.acceptPollFailure(input.instance, input.error, input.everyMs);
        break;
      case "result":
        monitor?.acceptResult(input.result);
        break;
      case "credentials":
        monitor?.setCredentialsWithheld(input.target, input.why);
        break;
      case "restored-late":
        monitor?.restoreLate({
          incidents: this.#incidents,
          verdicts: this.#verdicts,
          heardBefore: input.heardBefore,
        });
        this.#incidents = [];
        this.#verdicts = [];
        break;
      case "configured":
        monitor?.configure(input.configuration.instances, this.#assign);
        break;
      case "tick":
        monitor?.tick();
        break;
      case "worked":
        monitor?.work(input.owner);
    }
    // A state is that of one moment.
    for (let next = this.#isState ? monitor?.nextWork : null; next != null; next = monitor?.nextWork)
      monitor?.work(next);
  }

  #createMonitor({ instances }: Extract<RecordedInput, { kind: "configured" }>["configuration"]): Monitor {
    const { limits, version, reassign, onSaid, onFault } = this.#options;
    const clock: Clock = {
      now: () => this.#now,
      wall: () => this.#now + this.#wallOffset,
      after: () => () => {},
    };
    const monitor = new Monitor({
      vantage: this.#head?.vantage ?? "",
      epoch: this.#head?.epoch ?? "",
      clock,
      limits,
      instances,
      inSlices: reassign === null && this.#head?.haprobe === version,
      assign: this.#assign,
      actions: NO_ACTIONS,
      faults: { recordFault: onFault, recordSinkDrop: () => {} },
      restored: {
        incidents: this.#incidents,
        verdicts: this.#verdicts,
        heardBefore: this.#head?.heardBefore ?? null,
      },
    });
    monitor.subscribe({
      name: "replay",
      apply: (event) => {
        const said = toSaid(event);
        if (said !== null) onSaid(said, this.#isState);
      },
    });
    // A recording of a process has its start as an input.
    if (this.#head?.start !== "process") monitor.start();
    return monitor;
  }

  readonly #assign: AssignTarget = (view, instance, evidence) => {
    const recorded = this.#assignments.get(serverKey(instance.name, view.backend, view.server));
    if (recorded === undefined) throw new Error(`the recording has no rule for ${view.backend}/${view.server}`);
    return this.#options.reassign?.(recorded, view, instance, evidence) ?? recorded;
  };
}

/** What the monitor asked for then has happened, or not, in the recording. */
const NO_ACTIONS = {
  scheduleTarget: () => {},
  removeTarget: () => {},
  probeSoon: () => {},
  suppressHedging: () => {},
  pollSoon: () => {},
  statsRow: () => null,
};

function toIncidentRecord(incident: RecordedIncident): IncidentRecord {
  const key = incident.members[0]?.key ?? "";
  const evidence = { key, row: [], probe: null, curl: null, socat: null };
  return { ...incident, evidence, acknowledgement: null, expected: null, notes: [] };
}
