import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName, ServerKey } from "../contract/server-key.ts";
import type { Assignment } from "../contract/target.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import { encodeFullPoll, encodePollLine, type InstanceState, joined, rowKey } from "./encode-poll.ts";
import { encodeResult } from "./encode-result.ts";
import { encodeRows } from "./encode-table.ts";
import { generate, type Lines } from "./lines.ts";
import { encodeTime } from "./recorded-time.ts";
import type { RecordedConfiguration, Said } from "./recording-lines.ts";
import { redactInstance, redactTarget } from "./redact-target.ts";
import { BACKEND_ROWS, SERVER_ROWS } from "./row-columns.ts";
import { withRows } from "./with-rows.ts";

interface TargetState {
  /** Short, and never given to another target of this process. */
  readonly id: number;
  last: ProbeResult | null;
}

/**
 * Turns inputs of the monitor into lines, each of them as the difference to what was written before. It keeps references
 * to the newest views and results and copies nothing.
 */
export class InputEncoder {
  readonly #instances = new Map<InstanceName, InstanceState>();
  readonly #targets = new Map<string, TargetState>();
  readonly #assignments = new Map<ServerKey, Assignment>();
  #configuration: RecordedConfiguration;
  #lastAt = 0;
  #nextTarget = 1;

  constructor(configuration: RecordedConfiguration) {
    this.#configuration = configuration;
  }

  started(at: number): string {
    return `["g",${this.#advance(at)}]`;
  }

  /** A poll, its new rows first as lines of their own; null for one backend of an instance that is not known yet. */
  poll(at: number, snapshot: StatsSnapshot, everyMs: number): string | Lines | null {
    const state = this.#instances.get(snapshot.instance) ?? null;
    if (snapshot.scope !== "all" && state === null) return null;
    const time = this.#advance(at);
    if (snapshot.scope !== "all" && state !== null) return this.#backendPoll(at, time, state, snapshot, everyMs);
    this.#instances.set(snapshot.instance, { snapshot, everyMs, places: null, failure: null });
    return encodeFullPoll(at, time, state, snapshot, everyMs);
  }

  pollFailed(at: number, instance: InstanceName, error: { code: string; message: string }, everyMs: number): string {
    const state = this.#instances.get(instance);
    if (state !== undefined) state.failure = { code: error.code, message: error.message };
    return encodeFailure(this.#advance(at), instance, error, everyMs);
  }

  /** A result; null for a target that no server was assigned. */
  result(at: number, result: ProbeResult): string | null {
    const target = this.#targets.get(result.target);
    if (target === undefined) return null;
    const { last } = target;
    target.last = result;
    return encodeResult(at, this.#advance(at), target.id, last, result);
  }

  credentials(at: number, target: string, why: string | null): string | null {
    const id = this.#targets.get(target)?.id;
    return id === undefined ? null : `["k",${this.#advance(at)},${id},${JSON.stringify(why)}]`;
  }

  configured(at: number, configuration: RecordedConfiguration): string {
    this.#configuration = configuration;
    const names = new Set(configuration.instances.map(({ name }) => name));
    for (const name of this.#instances.keys()) if (!names.has(name)) this.#instances.delete(name);
    return encodeConfiguration(this.#advance(at), configuration);
  }

  /** The end of incidents and verdicts that are restored late, whose lines come first. */
  restored(at: number, incidents: Lines, heardBefore: number | null): Lines {
    const line = `["h",${this.#advance(at)},${heardBefore}]`;
    return generate([() => incidents, () => line]);
  }

  /** A part of what earlier inputs left. */
  worked(at: number, owner: string): string {
    return `["n",${this.#advance(at)},${JSON.stringify(owner)}]`;
  }

  tick(at: number): string {
    return `["t",${this.#advance(at)}]`;
  }

  /** What the rules said of servers; comes before the input that made them say it. */
  assigned(assignments: readonly (readonly [ServerKey, Assignment])[]): Lines {
    const lines: (() => string)[] = [];
    for (const [key, assignment] of assignments) {
      this.#assignments.set(key, assignment);
      lines.push(...this.#assignmentLines(key, assignment));
    }
    return generate(lines);
  }

  /** The present state, with which a file begins: the same kinds of lines, all of them complete. `at` is the time of the file's head. */
  state(at: number): Lines {
    this.#lastAt = at;
    this.#forgetUnused();
    const lines: (() => string | Lines)[] = [];
    const configuration = this.#configuration;
    lines.push(() => encodeConfiguration("0", configuration));
    const known = new Set<number>();
    for (const [key, assignment] of this.#assignments) lines.push(...this.#assignmentLines(key, assignment, known));
    for (const { snapshot, everyMs, failure } of this.#instances.values()) {
      lines.push(() => encodeFullPoll(at, "0", null, { ...snapshot, scope: "all" }, everyMs));
      if (failure !== null) lines.push(() => encodeFailure("0", snapshot.instance, failure, everyMs));
    }
    for (const { id, last } of this.#targets.values()) {
      if (last !== null) lines.push(() => encodeResult(at, "0", id, null, last));
    }
    return generate(lines);
  }

  said(said: Said): string {
    return JSON.stringify(["x", said]);
  }

  #advance(at: number): string {
    const time = encodeTime(this.#lastAt, at);
    this.#lastAt = at;
    return time;
  }

  #backendPoll(at: number, time: string, state: InstanceState, snapshot: StatsSnapshot, everyMs: number): string {
    const { servers, backends } = state.snapshot;
    state.places ??= new Map(servers.map((view, place) => [rowKey(view), place]));
    const { places } = state;
    const rows = snapshot.servers.filter((view) => places.has(rowKey(view)));
    const placesOfRows = rows.map((view) => places.get(rowKey(view)) ?? 0);
    const backendRows = snapshot.backends.filter(({ backend }) => backends.some((known) => known.backend === backend));
    const placesOfBackends = backendRows.map(({ backend }) => backends.findIndex((known) => known.backend === backend));
    const changes = joined(encodeRows(SERVER_ROWS, (row) => servers[placesOfRows[row] ?? -1] ?? null, rows));
    const backendChanges = joined(
      encodeRows(BACKEND_ROWS, (row) => backends[placesOfBackends[row] ?? -1] ?? null, backendRows),
    );
    const more = { scope: snapshot.scope, places: placesOfRows, backendPlaces: placesOfBackends };
    const line = encodePollLine(at, time, state, snapshot, everyMs, more, backendChanges, changes);
    this.#instances.set(snapshot.instance, {
      everyMs,
      places,
      failure: null,
      snapshot: {
        ...state.snapshot,
        epoch: snapshot.epoch,
        info: snapshot.info,
        servers: withRows(servers, placesOfRows, rows),
        backends: withRows(backends, placesOfBackends, backendRows),
      },
    });
    return line;
  }

  /** `known`: targets that were written already, where those of this process before do not count. */
  #assignmentLines(key: ServerKey, assignment: Assignment, known?: Set<number>): (() => string)[] {
    if (assignment.kind === "none") return [() => JSON.stringify(["a", key, assignment])];
    const { target, ...rest } = assignment;
    let state = this.#targets.get(target.key);
    const isWritten = known === undefined ? state !== undefined : state !== undefined && known.has(state.id);
    if (state === undefined) this.#targets.set(target.key, (state = { id: this.#nextTarget++, last: null }));
    const { id } = state;
    known?.add(id);
    const line = (): string => JSON.stringify(["a", key, { ...rest, target: id }]);
    if (isWritten) return [line];
    const { key: _, ...keyless } = target;
    return [() => JSON.stringify(["T", id, redactTarget(keyless)]), line];
  }

  /** Drops servers and targets that are gone. */
  #forgetUnused(): void {
    const present = new Set<ServerKey>();
    for (const { snapshot } of this.#instances.values()) {
      for (const { backend, server } of snapshot.servers) present.add(`${snapshot.instance}/${backend}/${server}`);
    }
    const used = new Set<string>();
    for (const [key, assignment] of this.#assignments) {
      if (!present.has(key)) this.#assignments.delete(key);
      else if (assignment.kind === "target") used.add(assignment.target.key);
    }
    for (const key of this.#targets.keys()) if (!used.has(key)) this.#targets.delete(key);
  }
}

function encodeFailure(
  time: string,
  instance: InstanceName,
  { code, message }: { readonly code: string; readonly message: string },
  everyMs: number,
): string {
  return `["f",${time},${JSON.stringify(instance)},${everyMs},${JSON.stringify(code)},${JSON.stringify(message)}]`;
}

function encodeConfiguration(time: string, { instances, rules }: RecordedConfiguration): string {
  return `["c",${time},${JSON.stringify({ instances: instances.map(redactInstance), rules })}]`;
}
