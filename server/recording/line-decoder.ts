import { BOUNDS } from "../bounds.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { BackendView, InstanceInfo, ServerView, SnapshotHint } from "../contract/view.ts";
import { DATE_MAX_MS, InvalidRecording, number, numberOrNull, text, textOrNull } from "./checked-values.ts";
import { type DecodedRow, decodeTable, newRow } from "./decode-table.ts";
import { decodeDuration, decodeTime } from "./recorded-time.ts";
import type {
  RecordedAssignment,
  RecordedInput,
  RecordedStep,
  RecordedTarget,
  RecordingHead,
} from "./recording-lines.ts";
import {
  answerSchema,
  assignmentSchema,
  configurationSchema,
  headSchema,
  incidentSchema,
  pollChangesSchema,
  restoredVerdictSchema,
  saidSchema,
  targetSchema,
} from "./recording-schemas.ts";
import { backendRowReader, serverRowReader } from "./row-columns.ts";
import { withRows } from "./with-rows.ts";

interface DecodedInstance {
  readonly epoch: string;
  readonly everyMs: number;
  readonly info: InstanceInfo | null;
  readonly hints: readonly SnapshotHint[];
  readonly backends: readonly DecodedRow<BackendView>[];
  readonly servers: readonly DecodedRow<ServerView>[];
}

const NO_INSTANCE: DecodedInstance = { epoch: "", everyMs: 1_000, info: null, hints: [], backends: [], servers: [] };

/**
 * Turns the lines of a recording back into steps; what its files say is checked. An unchanged row is the same object as
 * in the step before, as it was when it was recorded. Throws InvalidRecording, or a ZodError, for a line that is none.
 */
export class LineDecoder {
  #at = 0;
  #wallOffset = 0;
  #isState = false;
  /** The file continues the one before, so that its state is known. */
  #skipsState = false;
  #instances = new Map<string, DecodedInstance>();
  #targets = new Map<number, { readonly target: RecordedTarget; last: ProbeResult | null }>();
  /** Those of a state that is skipped: the writer has forgotten the others. */
  #keptTargets = new Set<number>();
  /** Changes of rows that come before their poll. */
  #changes: unknown[] = [];
  #restoredCount = 0;
  #serverRows = serverRowReader([]);
  #backendRows = backendRowReader([]);
  #assignments: RecordedAssignment[] = [];
  #newServers: DecodedRow<ServerView>[] = [];
  #newBackends: DecodedRow<BackendView>[] = [];

  /** The first line of a file. `follows`: the file before it was read to its end. */
  begin(line: string, follows: RecordingHead | null): RecordedStep {
    const head = headSchema.parse(JSON.parse(line));
    this.#at = head.at;
    this.#wallOffset = head.wallOffset;
    this.#isState = true;
    const isContinued = head.start === "continued" && follows?.epoch === head.epoch;
    this.#skipsState = isContinued;
    this.#restoredCount = 0;
    this.#serverRows = serverRowReader(head.serverColumns);
    this.#backendRows = backendRowReader(head.backendColumns);
    if (!isContinued) {
      this.#instances = new Map();
      this.#targets = new Map();
    }
    return { kind: "begin", head, isContinued };
  }

  /** True for the lines of a state that is known from the file before. */
  get isSkipping(): boolean {
    return this.#skipsState;
  }

  /** Any other line; null where it gives no step of its own. */
  decode(line: string): RecordedStep | null {
    const fields: unknown = JSON.parse(line);
    if (!Array.isArray(fields)) throw new InvalidRecording("a line is no list");
    const [tag] = fields as readonly unknown[];
    if (tag === "live") {
      if (this.#skipsState) this.#forgetTargets();
      this.#isState = false;
      this.#skipsState = false;
      return null;
    }
    if (!this.#skipsState) return this.#decode(tag, fields);
    if (tag === "T") this.#keptTargets.add(number(fields[1]));
    return null;
  }

  #decode(tag: unknown, fields: readonly unknown[]): RecordedStep | null {
    switch (tag) {
      case "t":
        return this.#input(fields[1], { kind: "tick" });
      case "g":
        return this.#input(fields[1], { kind: "started" });
      case "n":
        return this.#input(fields[1], { kind: "worked", owner: text(fields[2]) });
      case "r":
        return this.#result(fields);
      case "p":
        return this.#poll(fields);
      case "s":
        this.#newServers.push(newRow(this.#serverRows, fields, this.#newServers.length));
        return null;
      case "b":
        this.#newBackends.push(newRow(this.#backendRows, fields, this.#newBackends.length));
        return null;
      case "d":
        if (!Array.isArray(fields[1]) || this.#changes.length + fields[1].length > BOUNDS.statRowsMax)
          throw new InvalidRecording("too many rows");
        for (const change of fields[1] as readonly unknown[]) this.#changes.push(change);
        return null;
      case "T":
        if (this.#targets.size >= BOUNDS.serversMax) throw new InvalidRecording("too many targets");
        this.#targets.set(number(fields[1]), { target: targetSchema.parse(fields[2]), last: null });
        return null;
      case "a":
        this.#assign(text(fields[1]), fields[2]);
        return null;
      case "f":
        return this.#input(fields[1], {
          kind: "poll-failed",
          instance: text(fields[2]),
          everyMs: number(fields[3]),
          error: { code: text(fields[4]), message: text(fields[5]) },
        });
      case "k":
        return this.#input(fields[1], {
          kind: "credentials",
          target: String(number(fields[2])),
          why: textOrNull(fields[3]),
        });
      case "c":
        return this.#configured(fields);
      case "w":
        this.#wallOffset = number(fields[1]);
        return null;
      case "h":
        return this.#input(fields[1], { kind: "restored-late", heardBefore: numberOrNull(fields[2]) });
      case "I":
        this.#countRestored();
        return { kind: "restored", incident: incidentSchema.parse(fields[1]) };
      case "V":
        this.#countRestored();
        return { kind: "restored", verdict: restoredVerdictSchema.parse(fields[1]) };
      case "x":
        return { kind: "said", said: saidSchema.parse(fields[1]) };
      default:
        throw new InvalidRecording("an unknown kind of line");
    }
  }

  #forgetTargets(): void {
    for (const id of this.#targets.keys()) if (!this.#keptTargets.has(id)) this.#targets.delete(id);
    this.#keptTargets = new Set();
  }

  #configured([, time, written]: readonly unknown[]): RecordedStep {
    const configuration = configurationSchema.parse(written);
    const names = new Set(configuration.instances.map(({ name }) => name));
    for (const name of this.#instances.keys()) if (!names.has(name)) this.#instances.delete(name);
    return this.#input(time, { kind: "configured", configuration });
  }

  #countRestored(): void {
    this.#restoredCount += 1;
    if (this.#restoredCount > BOUNDS.serversMax) throw new InvalidRecording("too much is restored");
  }

  #input(time: unknown, input: RecordedInput): RecordedStep {
    this.#at = decodeTime(this.#at, time);
    if (Math.abs(this.#at + this.#wallOffset) > DATE_MAX_MS) throw new InvalidRecording("a time is out of range");
    const assignments = this.#assignments;
    this.#assignments = [];
    return { kind: "input", at: this.#at, wallOffset: this.#wallOffset, assignments, input, isState: this.#isState };
  }

  #assign(key: string, written: unknown): void {
    if (this.#assignments.length >= BOUNDS.serversMax) throw new InvalidRecording("too many servers");
    const assignment = assignmentSchema.parse(written);
    if (assignment.kind === "none") {
      this.#assignments.push([key, assignment]);
      return;
    }
    const { target: id, otherPort, ...rest } = assignment;
    const known = this.#targets.get(id);
    if (known === undefined) throw new InvalidRecording("an unknown target");
    const target = { key: String(id), ...known.target };
    this.#assignments.push([key, { ...rest, target, ...(otherPort === undefined ? {} : { otherPort }) }]);
  }

  #result([, time, id, ended, sent, connect, tls, answer, said]: readonly unknown[]): RecordedStep {
    const target = this.#targets.get(number(id));
    if (target === undefined) throw new InvalidRecording("an unknown target");
    const at = decodeTime(this.#at, time);
    const endedAt = decodeTime(at, ended);
    const { last } = target;
    if (said === undefined && last === null) throw new InvalidRecording("a result without an answer");
    const result = {
      ...last,
      ...(said === undefined ? { seq: (last?.seq ?? 0) + 1 } : answerSchema.parse(said)),
      target: String(id),
      sentAt: decodeTime(endedAt, sent),
      endedAt,
      phasesMs: { connect: decodeDuration(connect), tls: decodeDuration(tls), answer: decodeDuration(answer) },
    } as ProbeResult;
    target.last = result;
    return this.#input(time, { kind: "result", result });
  }

  #poll([, time, name, sent, received, more, backendRows, serverRows]: readonly unknown[]): RecordedStep {
    const instance = text(name);
    const known = this.#instances.get(instance) ?? NO_INSTANCE;
    if (known === NO_INSTANCE && this.#instances.size >= BOUNDS.instancesMax)
      throw new InvalidRecording("too many instances");
    const changes = pollChangesSchema.parse(more);
    const isAll = changes.scope === undefined;
    const changedBackends = decodeTable(
      this.#backendRows,
      known.backends,
      this.#newBackends,
      isAll ? changes.backends : changes.backendPlaces,
      isAll,
      backendRows,
    );
    const changedServers = decodeTable(
      this.#serverRows,
      known.servers,
      this.#newServers,
      isAll ? changes.servers : changes.places,
      isAll,
      this.#changes.length === 0 ? serverRows : this.#changes,
    );
    this.#newBackends = [];
    this.#newServers = [];
    this.#changes = [];
    const info = changes.info === undefined ? known.info : changes.info;
    const next: DecodedInstance = {
      epoch: changes.epoch ?? known.epoch,
      everyMs: changes.every ?? known.everyMs,
      info: info === null || changes.up === undefined ? info : { ...info, uptimeSeconds: changes.up },
      hints: changes.hints ?? known.hints,
      backends: isAll ? changedBackends : withRows(known.backends, changes.backendPlaces ?? [], changedBackends),
      servers: isAll ? changedServers : withRows(known.servers, changes.places ?? [], changedServers),
    };
    this.#instances.set(instance, next);
    const at = decodeTime(this.#at, time);
    const sentAt = decodeTime(at, sent);
    return this.#input(time, {
      kind: "poll",
      everyMs: next.everyMs,
      snapshot: {
        instance,
        scope: changes.scope ?? "all",
        sentAt,
        receivedAt: decodeTime(sentAt, received),
        epoch: next.epoch,
        info: next.info,
        backends: changedBackends.map(({ row }) => row),
        servers: changedServers.map(({ row }) => row),
        hints: isAll ? next.hints : [],
      },
    });
  }
}
