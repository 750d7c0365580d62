import type { StoreStatus } from "../../server/contract/store-status.ts";

/** A store that keeps up. */
export const STORE_STATUS: StoreStatus = {
  isOpen: true,
  queued: { event: 0, incident: 0, message: 0 },
  dropped: { event: 0, incident: 0, message: 0 },
  commits: { applied: 12, failed: 1 },
  lastCommitAt: Date.UTC(2026, 10, 22, 10, 0, 0),
  behindMs: 0,
  error: null,
  isSuperseded: false,
};
