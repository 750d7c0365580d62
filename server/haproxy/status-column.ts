import type { ServerState } from "../contract/view.ts";

/** The parsed status column. */
export interface StatusColumn {
  readonly state: ServerState;
  readonly counting: { readonly n: number; readonly of: number } | null;
  readonly byAgent: boolean;
  /** False: a word that no HAProxy up to 3.5 has. */
  readonly isKnown: boolean;
}

const FULLY_UP: StatusColumn = { state: "up", counting: null, byAgent: false, isKnown: true };

const STATE_BY_STATUS: ReadonlyMap<string, ServerState> = new Map([
  ["UP", "up"],
  ["no check", "no-check"],
  ["DOWN", "down"],
  ["NOLB", "nolb"],
  ["DRAIN", "drain"],
  ["MAINT", "maint"],
]);

/** `UP 2/3`, `DOWN (agent)`, `MAINT (via be/srv)`; n may be negative (3.5) or above m (2.6), and management.txt also has `MAINT(via)`. */
const STATUS = /^(UP|no check|DOWN|NOLB|DRAIN|MAINT)(?: (-?\d{1,9})\/(\d{1,9}))?(?: ?\((.*)\))?$/;

/** Parses a server's status; the state of an empty or unknown one is unknown. */
export function parseStatusColumn(status: string): StatusColumn {
  if (status === "UP") return FULLY_UP;
  const [, word, n, of, remark] = STATUS.exec(status) ?? [];
  const state = STATE_BY_STATUS.get(word ?? "");
  if (state === undefined) return { state: "unknown", counting: null, byAgent: false, isKnown: false };
  return {
    state,
    counting: n !== undefined && of !== undefined ? { n: Number(n), of: Number(of) } : null,
    byAgent: remark === "agent",
    isKnown: true,
  };
}
