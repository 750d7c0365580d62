import { BOUNDS } from "../bounds.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { SyncEventSink } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName, ServerKey } from "../contract/server-key.ts";
import type { Assignment } from "../contract/target.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import type { RestoredState } from "../monitor/monitor-options.ts";
import { InputEncoder } from "./input-encoder.ts";
import { generate, type Lines } from "./lines.ts";
import { type RecordedConfiguration, RECORDING_VERSION, type RecordingHead } from "./recording-lines.ts";
import { encodeRestored, RestorableState } from "./restorable-state.ts";
import { BACKEND_ROWS, SERVER_ROWS } from "./row-columns.ts";
import { toSaid } from "./said.ts";
import { SegmentWriter, type SegmentWriterOptions } from "./segment-writer.ts";

export interface RecorderOptions extends SegmentWriterOptions {
  /** haprobe's own version. */
  readonly version: string;
  readonly vantage: string;
  readonly epoch: string;
}

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
  #wallOffset = 0;
  /** As the lines before say it. */
  #writtenOffset = 0;
  #segmentAt = 0;
  #lostInputs = 0;
  /** Inputs lost since the last segment began. */
  #lost = 0;
  readonly #writer: SegmentWriter;
  readonly #restorable = new RestorableState();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#writer = new SegmentWriter(options);
  }

  /** Inputs that were not recorded so far. */
  get lostInputs(): number {
    return this.#lostInputs;
  }

  /** Sets the only listener: called when the recording cannot be written, and with null when it is written again. */
  onError(listener: (message: string | null) => void): void {
    this.#writer.onError(listener);
  }

  /** Begins the recording of a process, whose monitor is made at `at` with this configuration and what was restored. */
  begin(at: number, wallOffset: number, configuration: RecordedConfiguration, restored: RestoredState | null): void {
    this.#encoder = new InputEncoder(configuration);
    this.#wallOffset = wallOffset;
    if (restored !== null) this.#restorable.add(restored);
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

  /** Incidents and verdicts of an earlier run that could be read only now. */
  restored(at: number, { incidents, verdicts, heardBefore }: RestoredState): void {
    this.#restorable.add({ incidents });
    this.#line = this.#encoder?.restored(at, encodeRestored(incidents, verdicts), heardBefore) ?? null;
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
    this.#restorable.apply(event);
    const said = toSaid(event);
    if (said === null || this.#encoder === null) return;
    this.#said += `${this.#said === "" ? "" : "\n"}${this.#encoder.said(said)}`;
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
    this.#wallOffset = wallOffset;
    if (line === null || this.#loses(at)) return;
    if (wallOffset !== this.#writtenOffset) this.#writer.append(`["w",${wallOffset}]`);
    this.#writtenOffset = wallOffset;
    if (assigned !== null) this.#writer.append(assigned);
    this.#writer.append(line);
    if (said !== "") this.#writer.append(said);
    if (this.#writer.isFull || at - this.#segmentAt >= BOUNDS.recordingSegmentMs) this.#beginSegment("continued", at);
  }

  /** Ends the recording after a fault of the recorder itself. */
  giveUp(error: unknown): void {
    this.#encoder = null;
    this.#writer.report(`a fault of haprobe: ${String(error)}`);
    void this.close();
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    this.#encoder = null;
    await this.#writer.close();
  }

  /** True where the input is lost, because the queue is full or the folder could not be written a short time ago. */
  #loses(at: number): boolean {
    const { retryAt, waitingChars } = this.#writer;
    const isWaiting = retryAt !== null && at < retryAt;
    const limit = this.#lost > 0 ? BOUNDS.recordingQueueChars / 2 : BOUNDS.recordingQueueChars;
    const isLost = isWaiting || waitingChars > limit;
    if (isLost) {
      this.#lost += 1;
      this.#lostInputs += 1;
      return true;
    }
    if (this.#lost === 0 && retryAt === null) return false;
    // The state with which the new segment begins has this input in it.
    this.#beginSegment("gap", at);
    return true;
  }

  /** `heardBefore` in milliseconds since 1970. */
  #beginSegment(
    start: RecordingHead["start"],
    at: number,
    heardBefore: number | null = Math.round(at + this.#wallOffset),
  ): void {
    const { version, vantage, epoch } = this.#options;
    this.#segmentAt = at;
    this.#writtenOffset = this.#wallOffset;
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
    const restored = this.#restorable.encode();
    const state = this.#encoder?.state(at) ?? [];
    this.#writer.begin({ head, state: generate([() => restored, () => state]) });
  }
}
