import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { MonitorEvent, VerdictChanged } from "../contract/event.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { SyncEventSink } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import { type InstanceName, type ServerKey, serverKey } from "../contract/server-key.ts";
import type { Assignment } from "../contract/target.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import type { RestoredState, RestoredVerdict } from "../monitor/monitor-options.ts";
import { InputEncoder, type Lines } from "./input-encoder.ts";
import { type RecordedConfiguration, RECORDING_VERSION, type RecordingHead } from "./recording-lines.ts";
import { createRecordingFolder, deleteOldSegments, type RecordingLimits, segmentPath } from "./recording-folder.ts";
import { BACKEND_ROWS, SERVER_ROWS } from "./row-columns.ts";
import { toSaid } from "./said.ts";
import { SegmentFile } from "./segment-file.ts";

export interface RecorderOptions {
  readonly folder: string;
  readonly limits: RecordingLimits;
  readonly clock: Clock;
  /** haprobe's own version. */
  readonly version: string;
  readonly vantage: string;
  readonly epoch: string;
}

/** A file to begin, and its first lines. */
interface Segment {
  readonly head: RecordingHead;
  readonly restored: Lines;
  readonly state: Lines;
}

/** What lines that are made later count for in the queue, in characters. */
const LATER_LINES_CHARS = 64 * 1_024;
const CHUNK_CHARS = 64 * 1_024;

/**
 * Writes every input of the monitor and what the monitor said to a folder of compressed segments. An input costs the
 * caller one line of text; everything else runs afterwards. What does not fit into the queue is lost and counted, and the
 * recording continues with a new segment.
 */
export class Recorder implements SyncEventSink {
  readonly name = "recording";
  readonly #options: RecorderOptions;
  #encoder: InputEncoder | null = null;
  /** Of the input that is being applied. */
  #line: string | Lines | null = null;
  #assignments: (readonly [ServerKey, Assignment])[] = [];
  #said = "";
  /** Lines that no later item precedes. */
  #text = "";
  #queue: (string | Lines | Segment)[] = [];
  #queuedChars = 0;
  #wallOffset = 0;
  #segmentAt = 0;
  #segmentWallAt = 0;
  #lostInputs = 0;
  /** Inputs lost since the last segment began. */
  #lost = 0;
  #file: SegmentFile | null = null;
  #retryAt: number | null = null;
  #pumping: Promise<void> | null = null;
  #cancelFlush: (() => void) | null = null;
  #closed = false;
  #reportError: (message: string | null) => void = () => {};
  /** Incidents that are open, or can be opened again; times in milliseconds since 1970. */
  readonly #incidents = new Map<string, IncidentRecord>();
  /** The newest verdict of each server. */
  readonly #verdicts = new Map<ServerKey, RestoredVerdict>();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Inputs that were not recorded so far. */
  get lostInputs(): number {
    return this.#lostInputs;
  }

  /** Sets the only listener: called when the recording cannot be written, and with null when it is written again. */
  onError(listener: (message: string | null) => void): void {
    this.#reportError = listener;
  }

  /** Begins the recording of a process, whose monitor is made at `at` with this configuration and what was restored. */
  begin(at: number, wallOffset: number, configuration: RecordedConfiguration, restored: RestoredState | null): void {
    this.#encoder = new InputEncoder(configuration);
    this.#wallOffset = wallOffset;
    for (const record of restored?.incidents ?? []) this.#incidents.set(record.id, record);
    for (const verdict of restored?.verdicts ?? []) this.#verdicts.set(keyOf(verdict), verdict);
    this.#beginSegment("process", at, restored?.heardBefore ?? null);
  }

  started(at: number): void {
    this.#line = this.#encoder?.started(at) ?? null;
  }

  poll(at: number, snapshot: StatsSnapshot, everyMs: number): void {
    this.#line = this.#encoder?.poll(at, snapshot, everyMs) ?? null;
  }

  pollFailed(at: number, instance: InstanceName, error: { code: string; message: string }, everyMs: number): void {
    this.#line = this.#encoder?.pollFailed(at, instance, error, everyMs) ?? null;
  }

  result(at: number, result: ProbeResult): void {
    this.#line = this.#encoder?.result(at, result) ?? null;
  }

  credentials(at: number, target: string, why: string | null): void {
    this.#line = this.#encoder?.credentials(at, target, why) ?? null;
  }

  configured(at: number, configuration: RecordedConfiguration): void {
    this.#line = this.#encoder?.configured(at, configuration) ?? null;
  }

  /** Incidents of an earlier run that could be read only now. */
  restored(at: number, { incidents, heardBefore }: Pick<RestoredState, "incidents" | "heardBefore">): void {
    for (const record of incidents) this.#incidents.set(record.id, record);
    this.#line = this.#encoder?.restored(at, encodeRestored(incidents, []), heardBefore) ?? null;
  }

  tick(at: number): void {
    this.#line = this.#encoder?.tick(at) ?? null;
  }

  worked(at: number, owner: string): void {
    this.#line = this.#encoder?.worked(at, owner) ?? null;
  }

  /** What the rules said of a server while the current input was applied. */
  assigned(key: ServerKey, assignment: Assignment): void {
    if (this.#encoder !== null) this.#assignments.push([key, assignment]);
  }

  /** Something that the monitor said while the current input was applied. */
  apply(event: MonitorEvent): void {
    if ("incident" in event) this.#keepIncident(event.incident, event.at);
    else if (event.type === "verdict-changed") this.#keepVerdict(event);
    else if (event.type === "server-removed") this.#verdicts.delete(event.key);
    const said = toSaid(event);
    if (said !== null && this.#encoder !== null) this.#said += `${this.#encoder.said(said)}\n`;
  }

  /** Ends the current input, which was applied at `at`. */
  settle(at: number, wallOffset: number): void {
    const line = this.#line;
    const assigned =
      this.#assignments.length === 0 || this.#encoder === null ? null : this.#encoder.assigned(this.#assignments);
    const said = this.#said;
    this.#line = null;
    this.#said = "";
    if (assigned !== null) this.#assignments = [];
    const isReset = wallOffset !== this.#wallOffset;
    this.#wallOffset = wallOffset;
    if (line === null || this.#closed || this.#loses(at)) return;
    if (isReset) this.#append(`["w",${wallOffset}]`);
    if (assigned !== null) this.#append(assigned);
    this.#append(line);
    this.#text += said;
    this.#queuedChars += said.length;
    const isFull =
      this.#file !== null && this.#file.bytes >= this.#options.limits.maxBytes / BOUNDS.recordingSegmentsMin;
    if (isFull || at - this.#segmentAt >= BOUNDS.recordingSegmentMs) this.#beginSegment("continued", at);
    this.#flushSoon();
  }

  /** Ends the recording after a fault of the recorder itself. */
  giveUp(error: unknown): void {
    this.#encoder = null;
    this.#reportError(`a fault of haprobe: ${String(error)}`);
    void this.close();
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelFlush?.();
    await this.#pumping;
    await this.#pump();
    await this.#file?.abandon();
    this.#file = null;
  }

  /** True where the input is lost, because the queue is full or the folder could not be written a short time ago. */
  #loses(at: number): boolean {
    const isWaiting = this.#retryAt !== null && at < this.#retryAt;
    const limit = this.#lost > 0 ? BOUNDS.recordingQueueChars / 2 : BOUNDS.recordingQueueChars;
    const isLost = isWaiting || this.#queuedChars > limit;
    if (isLost) {
      this.#lost += 1;
      this.#lostInputs += 1;
      return true;
    }
    if (this.#lost === 0) return false;
    // The state with which the new segment begins has this input in it.
    this.#beginSegment("gap", at);
    this.#flushSoon();
    return true;
  }

  #append(lines: string | Lines): void {
    if (typeof lines === "string") {
      this.#text += `${lines}\n`;
      this.#queuedChars += lines.length;
      return;
    }
    this.#closeText();
    this.#queue.push(lines);
    this.#queuedChars += LATER_LINES_CHARS;
  }

  #closeText(): void {
    if (this.#text !== "") this.#queue.push(this.#text);
    this.#text = "";
  }

  /** `heardBefore` in milliseconds since 1970. */
  #beginSegment(
    start: RecordingHead["start"],
    at: number,
    heardBefore: number | null = Math.round(at + this.#wallOffset),
  ): void {
    const { version, vantage, epoch } = this.#options;
    this.#segmentAt = at;
    this.#closeText();
    const head: RecordingHead = {
      format: "haprobe-recording",
      version: RECORDING_VERSION,
      haprobe: version,
      start,
      vantage,
      epoch,
      at,
      wallOffset: this.#wallOffset,
      lost: this.#lost,
      serverColumns: SERVER_ROWS.names,
      backendColumns: BACKEND_ROWS.names,
      heardBefore,
    };
    this.#lost = 0;
    this.#retryAt = null;
    const restored = encodeRestored([...this.#incidents.values()], [...this.#verdicts.values()]);
    this.#queue.push({ head, restored, state: this.#encoder?.state(at) ?? [] });
    this.#queuedChars += LATER_LINES_CHARS;
  }

  #flushSoon(): void {
    if (this.#cancelFlush !== null || this.#pumping !== null || this.#closed) return;
    this.#cancelFlush = this.#options.clock.after(BOUNDS.recordingFlushMs, () => {
      this.#cancelFlush = null;
      this.#pumping = this.#pump().finally(() => {
        this.#pumping = null;
      });
    });
  }

  async #pump(): Promise<void> {
    this.#closeText();
    try {
      for (let item = this.#queue.shift(); item !== undefined; item = this.#queue.shift()) await this.#write(item);
      await this.#file?.flush();
    } catch (error) {
      await this.#fail(error);
    }
  }

  async #write(item: string | Lines | Segment): Promise<void> {
    if (typeof item === "string") {
      this.#queuedChars -= item.length;
      await this.#file?.write(item);
      return;
    }
    this.#queuedChars -= LATER_LINES_CHARS;
    if (!("head" in item)) return this.#writeLines(item);
    await this.#openFile(item.head);
    await this.#file?.write(`${JSON.stringify(item.head)}\n`);
    await this.#writeLines(item.restored);
    await this.#writeLines(item.state);
    await this.#file?.write('["live"]\n');
  }

  async #writeLines(lines: Lines): Promise<void> {
    let chunk = "";
    for (const line of lines) {
      chunk += `${line}\n`;
      if (chunk.length < CHUNK_CHARS) continue;
      await this.#file?.write(chunk);
      chunk = "";
    }
    await this.#file?.write(chunk);
  }

  async #openFile({ at, wallOffset }: RecordingHead): Promise<void> {
    const { folder, limits, clock } = this.#options;
    await this.#file?.close();
    this.#file = null;
    if (this.#segmentWallAt === 0) await createRecordingFolder(folder);
    this.#segmentWallAt = Math.max(Math.round(at + wallOffset), this.#segmentWallAt + 1);
    this.#file = await SegmentFile.create(segmentPath(folder, this.#segmentWallAt));
    this.#reportError(null);
    await deleteOldSegments(folder, limits, clock.wall());
  }

  async #fail(error: unknown): Promise<void> {
    this.#reportError(error instanceof Error ? error.message : String(error));
    this.#retryAt = this.#options.clock.now() + BOUNDS.recordingRetryMs;
    this.#queue = [];
    this.#text = "";
    this.#queuedChars = 0;
    this.#lost += 1;
    const file = this.#file;
    this.#file = null;
    await file?.abandon();
  }

  #keepVerdict({ key, site, instance, backend, server, address, to, beganAt }: VerdictChanged): void {
    const { verdict } = to;
    this.#verdicts.set(key, { server: { site, instance, backend, server }, address, judgement: { verdict }, beganAt });
  }

  #keepIncident(record: IncidentRecord, now: number): void {
    this.#incidents.delete(record.id);
    this.#incidents.set(record.id, record);
    for (const { id, state } of this.#incidents.values()) {
      if (this.#incidents.size > BOUNDS.incidentsKept) this.#incidents.delete(id);
      else if (state.kind === "ended" && state.at < now - BOUNDS.reopenMs) this.#incidents.delete(id);
    }
  }
}

function keyOf({ server }: RestoredVerdict): ServerKey {
  return serverKey(server.instance, server.backend, server.server);
}

/** What a monitor is restored from; neither evidence nor what people said. */
function* encodeRestored(
  incidents: readonly IncidentRecord[],
  verdicts: readonly RestoredVerdict[],
): Generator<string, void, void> {
  for (const { evidence: _e, acknowledgement: _a, expected: _x, notes: _n, ...incident } of incidents) {
    yield JSON.stringify(["I", incident]);
  }
  for (const verdict of verdicts) yield JSON.stringify(["V", verdict]);
}
