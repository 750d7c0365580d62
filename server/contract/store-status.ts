/** What is counted about writes that wait for the store. */
export const QUEUED_KINDS = ["event", "incident", "message"] as const;
export type QueuedKind = (typeof QUEUED_KINDS)[number];

/** How the store keeps up with the monitor. */
export interface StoreStatus {
  readonly isOpen: boolean;
  readonly queued: Readonly<Record<QueuedKind, number>>;
  /** Dropped since the start, for lack of room. */
  readonly dropped: Readonly<Record<QueuedKind, number>>;
  /** Commits since the start, by result. */
  readonly commits: Readonly<Record<string, number>>;
  /** Milliseconds since 1970; null before the first. */
  readonly lastCommitAt: number | null;
  /** How long the oldest write waits, in milliseconds. */
  readonly behindMs: number;
  /** Why the last commit failed; null after one that succeeded. */
  readonly error: string | null;
  /** The last commit failed since another haprobe writes under the name of this one. */
  readonly isSuperseded: boolean;
}
