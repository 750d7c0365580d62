import type { Clock } from "../clock.ts";
import type { Store } from "../contract/store.ts";
import type { StoreStatus } from "../contract/store-status.ts";
import type { HaprobeError } from "../errors.ts";
import { openStore } from "./open-store.ts";
import { Recorder, type RecorderParts } from "./recorder.ts";
import { StoreConnection } from "./store-connection.ts";
import { StorePlace, type StorePlaceSettings } from "./store-place.ts";
import { readStoredState, type StoredState } from "./stored-state.ts";

export interface StorageParts {
  readonly settings: StorePlaceSettings;
  /** Names the vantage where neither the settings nor the data directory do. */
  readonly hostName: string;
  readonly clock: Clock;
  readonly onOpen: (vantage: string) => void;
  /** Called with the first error of a kind until the store is open. */
  readonly onOpenFailure: (error: HaprobeError) => void;
}

export type RecordingParts = Omit<RecorderParts, "clock" | "replaceLog"> & {
  /** Called with what the store had where it opens after the start. */
  readonly onLateState: (stored: StoredState) => void;
};

/** What outlives this process: the data directory, the store, and the recorder that writes to it. */
export class Storage {
  readonly #parts: StorageParts;
  readonly #place: StorePlace;
  readonly #connection: StoreConnection;
  #stored: StoredState | null = null;
  #recording: { readonly recorder: Recorder; readonly parts: RecordingParts } | null = null;
  #reported: string | null = null;
  #restored: StoredState | null = null;

  /** Throws HAPROBE_DATA_DIR_LOCKED where another process uses the data directory. */
  constructor(parts: StorageParts) {
    this.#parts = parts;
    this.#place = new StorePlace(parts.settings, parts.hostName);
    this.#connection = new StoreConnection({
      open: () => this.#open(),
      clock: parts.clock,
      onOpen: () => this.#handleOpen(),
      onOpenFailure: (error) => this.#handleOpenFailure(error),
    });
  }

  get vantage(): string {
    return this.#place.identity.vantage;
  }

  /** The store; its methods reject while it is away. */
  get store(): Store {
    return this.#connection.store;
  }

  /** Why the store is away; null while it is open. */
  get error(): HaprobeError | null {
    return this.#connection.error;
  }

  status(): StoreStatus | null {
    const status = this.#recording?.recorder.status() ?? null;
    return status === null ? null : { ...status, isOpen: this.error === null };
  }

  /** Opens the store; resolves with what it has, with null where that takes too long or fails: it is tried again in the background. */
  async start(): Promise<StoredState | null> {
    await this.#connection.start();
    this.#restored = this.#stored;
    return this.#restored;
  }

  /** Begins to record; called once, after `start`. */
  record(parts: RecordingParts): Recorder {
    const { clock } = this.#parts;
    const recorder = new Recorder({ ...parts, clock, replaceLog: () => this.#place.replaceLog() });
    this.#recording = { recorder, parts };
    if (this.#stored === null) parts.onChange();
    else this.#beginRecording(this.#stored);
    return recorder;
  }

  async close(): Promise<void> {
    await this.#connection.close();
    this.#place[Symbol.dispose]();
  }

  async #open(): Promise<Store> {
    const { clock } = this.#parts;
    const store = await openStore({ ...(await this.#place.locate()), clock });
    try {
      this.#stored ??= await readStoredState(store, this.#place.identity, clock.wall());
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  #handleOpen(): void {
    this.#reported = null;
    this.#parts.onOpen(this.vantage);
    const { recorder } = this.#recording ?? {};
    if (recorder === undefined || this.#stored === null) return;
    if (!recorder.isOpen) this.#beginRecording(this.#stored);
    this.#recording?.parts.onChange();
  }

  #beginRecording(stored: StoredState): void {
    const { recorder, parts } = this.#recording ?? {};
    if (stored !== this.#restored) parts?.onLateState(stored);
    const { vantage, logId } = this.#place.identity;
    recorder?.open(this.#connection.store, { site: SITE, vantage, logId }, stored);
  }

  #handleOpenFailure(error: HaprobeError): void {
    if (this.#reported !== error.message) this.#parts.onOpenFailure(error);
    this.#reported = error.message;
    this.#recording?.parts.onChange();
  }
}

/** A haprobe may watch several sites; it stands in none of them. */
const SITE = "default";
