import type { AuditEntry, AuditStore } from "../contract/audit.ts";

/** The audit log of a haprobe without a store: a restart forgets it. */
export class MemoryAudit implements AuditStore {
  #entries: { readonly id: number; readonly entry: AuditEntry }[] = [];
  #lastId = 0;

  async addAudit(entries: readonly AuditEntry[], keep: number): Promise<void> {
    for (const entry of entries) this.#entries.push({ id: (this.#lastId += 1), entry });
    this.#entries = this.#entries.slice(-keep);
  }

  async audit({ cursor, limit }: Parameters<AuditStore["audit"]>[0]): ReturnType<AuditStore["audit"]> {
    const before = cursor === null ? Number.POSITIVE_INFINITY : Number(cursor);
    const older = this.#entries.filter(({ id }) => id < before).toReversed();
    const page = older.slice(0, limit);
    return {
      rows: page.map(({ entry }) => entry),
      next: older.length > limit ? String(page.at(-1)?.id) : null,
    };
  }
}
