/** One write, sign-in or sign-out, as the audit log keeps it. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Name of the token or user; null where none was proved. */
  readonly name: string | null;
  readonly via: "none" | "token" | "session" | "proxy" | "certificate";
  /** Address of the client. */
  readonly client: string;
  /** `POST /api/v1/incidents/ID/acknowledge`, or what haprobe did itself. */
  readonly action: string;
  /** Status of the response. */
  readonly status: number;
  /** Why it was refused, else empty. */
  readonly detail: string;
}

/** Keeps the newest entries; methods reject while the store is away. */
export interface AuditStore {
  /** Adds entries in their order; the oldest beyond `keep` go. */
  addAudit(entries: readonly AuditEntry[], keep: number): Promise<void>;
  /** Newest first; `next` is the cursor of the next page. */
  audit(query: {
    readonly cursor: string | null;
    readonly limit: number;
  }): Promise<{ readonly rows: readonly AuditEntry[]; readonly next: string | null }>;
}
