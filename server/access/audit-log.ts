import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AuditEntry, AuditStore } from "../contract/audit.ts";

/** Keeps who wrote what, and who signed in, within a budget of its own. */
export class AuditLog {
  readonly #store: AuditStore;
  readonly #clock: Clock;
  readonly #keep: number;
  readonly #onLost: (count: number) => void;
  #queue: AuditEntry[] = [];
  #isWriting = false;
  #cancel: (() => void) | null = null;
  #second = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #uncounted = 0;

  constructor(parts: {
    readonly store: AuditStore;
    readonly clock: Clock;
    readonly keep: number;
    /** Called with the number of entries that were dropped since the store was away too long. */
    readonly onLost: (count: number) => void;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#keep = parts.keep;
    this.#onLost = parts.onLost;
  }

  /** Adds an entry; of refusals beyond `auditRefusalsPerSecond` only the number. */
  record(entry: Omit<AuditEntry, "at">): void {
    if (entry.status >= 400 && !this.#admitRefusal()) return;
    this.#add({ ...entry, at: this.#clock.wall() });
  }

  /** Newest first, with those that are not written yet on the first page once they are. Rejects while the store is away. */
  async read(query: Parameters<AuditStore["audit"]>[0]): ReturnType<AuditStore["audit"]> {
    await this.#flush();
    return this.#store.audit(query);
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#countRefusals();
    await this.#flush();
    this.#cancel?.();
  }

  #add(entry: AuditEntry): void {
    if (this.#queue.length >= BOUNDS.auditQueueMax) {
      this.#queue.shift();
      this.#onLost(1);
    }
    this.#queue.push(entry);
    this.#cancel ??= this.#clock.after(BOUNDS.auditEveryMs, () => void this.#flush());
  }

  async #flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#isWriting || this.#queue.length === 0) return;
    const entries = this.#queue;
    this.#queue = [];
    this.#isWriting = true;
    try {
      await this.#store.addAudit(entries, this.#keep);
    } catch {
      // The newest are kept, and written once the store is back.
      const all = [...entries, ...this.#queue];
      this.#queue = all.slice(-BOUNDS.auditQueueMax);
      if (all.length > this.#queue.length) this.#onLost(all.length - this.#queue.length);
      this.#cancel ??= this.#clock.after(BOUNDS.storeRetryMaxMs, () => void this.#flush());
    } finally {
      this.#isWriting = false;
      if (this.#queue.length > 0) this.#cancel ??= this.#clock.after(BOUNDS.auditEveryMs, () => void this.#flush());
    }
  }

  #admitRefusal(): boolean {
    const now = this.#clock.now();
    if (now - this.#second >= 1_000) {
      this.#countRefusals();
      this.#second = now;
      this.#refusals = 0;
    }
    this.#refusals += 1;
    if (this.#refusals <= BOUNDS.auditRefusalsPerSecond) return true;
    this.#uncounted += 1;
    return false;
  }

  #countRefusals(): void {
    if (this.#uncounted === 0) return;
    const detail = `${this.#uncounted} further requests were refused`;
    this.#uncounted = 0;
    this.#add({ at: this.#clock.wall(), name: null, via: "none", client: "", action: "refusals", status: 0, detail });
  }
}
