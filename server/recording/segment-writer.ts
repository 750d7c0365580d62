import { unlink } from "node:fs/promises";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Lines } from "./lines.ts";
import { createRecordingFolder, deleteOldSegments, type RecordingLimits, segmentPath } from "./recording-folder.ts";
import type { RecordingHead } from "./recording-lines.ts";
import { SegmentFile } from "./segment-file.ts";

export interface SegmentWriterOptions {
  readonly folder: string;
  readonly limits: RecordingLimits;
  readonly clock: Clock;
}

/** A file to begin, and its first lines. */
export interface Segment {
  readonly head: RecordingHead;
  readonly state: Lines;
}

/** What lines that are made later count for in the queue, in characters. */
const LATER_LINES_CHARS = 64 * 1_024;
const CHUNK_CHARS = 64 * 1_024;

/** Writes lines to a folder of segments, in the order in which they were appended and after the call that did. */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  /** Lines that no later item precedes. */
  #text = "";
  #queue: (string | Lines | Segment)[] = [];
  #waitingChars = 0;
  #beganAt = 0;
  #file: SegmentFile | null = null;
  /** When a failed write may be followed by another segment; null where none failed since the last one began. */
  #retryAt: number | null = null;
  #pumping: Promise<void> | null = null;
  #cancelFlush: (() => void) | null = null;
  #closed = false;
  #reportError: (message: string | null) => void = () => {};

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  /** Sets the only listener: called when nothing can be written, and with null when a segment was begun. */
  onError(listener: (message: string | null) => void): void {
    this.#reportError = listener;
  }

  /** Characters that wait to be written. */
  get waitingChars(): number {
    return this.#waitingChars;
  }

  /** When it may be tried again after a failed write, which lost what waited; null where a segment is being written. */
  get retryAt(): number | null {
    return this.#retryAt;
  }

  /** The segment is as large as one may be. */
  get isFull(): boolean {
    const { maxBytes } = this.#options.limits;
    return this.#file !== null && this.#file.bytes >= maxBytes / BOUNDS.recordingSegmentsMin;
  }

  append(lines: string | Lines): void {
    if (this.#closed) return;
    if (typeof lines === "string") {
      this.#text += `${lines}\n`;
      this.#waitingChars += lines.length + 1;
    } else this.#enqueue(lines);
    this.#flushSoon();
  }

  /** What is appended from now on goes to this segment. */
  begin(segment: Segment): void {
    this.#retryAt = null;
    this.#enqueue(segment);
    this.#flushSoon();
  }

  report(error: string): void {
    this.#reportError(error);
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

  #enqueue(item: Lines | Segment): void {
    this.#closeText();
    this.#queue.push(item);
    this.#waitingChars += LATER_LINES_CHARS;
  }

  #closeText(): void {
    if (this.#text !== "") this.#queue.push(this.#text);
    this.#text = "";
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
      this.#waitingChars -= item.length;
      await this.#file?.write(item);
      return;
    }
    this.#waitingChars -= LATER_LINES_CHARS;
    if (!("head" in item)) return this.#writeLines(item);
    await this.#openFile(item.head);
    await this.#file?.write(`${JSON.stringify(item.head)}\n`);
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
    await createRecordingFolder(folder);
    // Two segments never have one name, even if the wall clock was set back.
    this.#beganAt = Math.max(Math.round(at + wallOffset), this.#beganAt + 1);
    this.#file = await SegmentFile.create(segmentPath(folder, this.#beganAt));
    this.#reportError(null);
    await deleteOldSegments(folder, limits, clock.wall());
  }

  async #deleteEmpty(): Promise<void> {
    try {
      await unlink(segmentPath(this.#options.folder, this.#beganAt));
    } catch {
      // It is deleted with the oldest.
    }
  }

  async #fail(error: unknown): Promise<void> {
    this.#reportError(error instanceof Error ? error.message : String(error));
    this.#retryAt = this.#options.clock.now() + BOUNDS.recordingRetryMs;
    this.#queue = [];
    this.#text = "";
    this.#waitingChars = 0;
    const file = this.#file;
    this.#file = null;
    await file?.abandon();
    if (file?.bytes === 0) await this.#deleteEmpty();
  }
}
