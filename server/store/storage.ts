import { randomUUID } from "node:crypto";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Settings } from "../contract/settings.ts";
import type { Store } from "../contract/store.ts";
import type { StoreStatus } from "../contract/store-status.ts";
import type { HaprobeError } from "../errors.ts";
import type { LogName } from "./commit-batch.ts";
import { openStore } from "./open-store.ts";
import { StoreSink, type StoreSinkParts } from "./store-sink.ts";
import { StoreConnection } from "./store-connection.ts";
import { StorePlace, type StorePlaceSettings } from "./store-place.ts";
import { readStoredState, type StoredState } from "./stored-state.ts";

export interface StorageParts {
  readonly settings: StorePlaceSettings & Pick<Settings, "retention" | "site" | "hub">;
  /** Names the vantage where neither the settings nor the data directory do. */
  readonly hostName: string;
  readonly clock: Clock;
  readonly onOpen: (vantage: string) => void;
  /** Called with the first error of a kind until the store is open. */
  readonly onOpenFailure: (error: HaprobeError) => void;
  /** Called with an error of an open database that has no code of its own, unless the last one was the same. */
  readonly onFailedCall: (error: HaprobeError) => void;
}

export type WritingParts = Omit<StoreSinkParts, "clock" | "replaceLog"> & {
  /** Called with what the store had where it opens after the start. */
  readonly onLateState: (stored: StoredState) => void;
};

/** What outlives this process: the data directory, the store, and the sink that writes to it. */
export class Storage {
  readonly #parts: StorageParts;
  readonly #place: StorePlace;
  readonly #connection: StoreConnection;
  readonly #writer = randomUUID();
  #stored: StoredState | null = null;
  #writing: { readonly sink: StoreSink; readonly parts: WritingParts } | null = null;
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
      onFailedCall: parts.onFailedCall,
    });
  }

  get vantage(): string {
    return this.#place.identity.vantage;
  }

  /** The log that this process writes. */
  get logName(): LogName {
    const { vantage, logId } = this.#place.identity;
    return { site: this.#parts.settings.site, vantage, logId, writer: this.#writer };
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
    const status = this.#writing?.sink.status() ?? null;
    return status === null ? null : { ...status, isOpen: this.error === null };
  }

  /** Opens the store; resolves with what it has, with null where that takes too long or fails: it is tried again in the background. */
  async start(): Promise<StoredState | null> {
    await this.#connection.start();
    this.#restored = this.#stored;
    return this.#restored;
  }

  /** The sink that writes events, at once or as soon as the store is open; called once, after `start`. */
  createSink(parts: WritingParts): StoreSink {
    const { clock } = this.#parts;
    const sink = new StoreSink({ ...parts, clock, replaceLog: () => this.#place.replaceLog() });
    this.#writing = { sink, parts };
    if (this.#stored === null) parts.onChange();
    else this.#beginWriting(this.#stored);
    return sink;
  }

  async close(): Promise<void> {
    await this.#connection.close();
    this.#place[Symbol.dispose]();
  }

  async #open(): Promise<Store> {
    const { clock, settings } = this.#parts;
    const logEvents = settings.hub === null ? BOUNDS.storeLogEvents : BOUNDS.spoolEvents;
    const store = await openStore({
      ...(await this.#place.locate()),
      clock,
      retention: settings.retention,
      logEvents,
    });
    try {
      this.#stored ??= await this.#readStored(store);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async #readStored(store: Store): Promise<StoredState> {
    const stored = await readStoredState(
      store,
      { ...this.#place.identity, site: this.#parts.settings.site },
      this.#parts.clock.wall(),
    );
    if (stored.isOtherLog) this.#place.replaceLog();
    return stored;
  }

  #handleOpen(): void {
    this.#reported = null;
    this.#parts.onOpen(this.vantage);
    const { sink } = this.#writing ?? {};
    if (sink === undefined || this.#stored === null) return;
    if (!sink.isOpen) this.#beginWriting(this.#stored);
    this.#writing?.parts.onChange();
  }

  #beginWriting(stored: StoredState): void {
    const { sink, parts } = this.#writing ?? {};
    if (stored !== this.#restored) parts?.onLateState(stored);
    sink?.open(this.#connection.store, this.logName, stored);
  }

  #handleOpenFailure(error: HaprobeError): void {
    if (this.#reported !== error.message) this.#parts.onOpenFailure(error);
    this.#reported = error.message;
    this.#writing?.parts.onChange();
  }
}
