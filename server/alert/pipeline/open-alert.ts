import type { Alert } from "../../contract/notification.ts";

/** An alert on its way through the pipeline. */
export interface OpenAlert {
  readonly alert: Alert;
  /** Every server that it is about, by which routes and silences match. */
  readonly places: readonly AlertPlace[];
  /** When it was confirmed, or relapsed, milliseconds since 1970: `wait` counts from here. */
  readonly confirmedAt: number;
  /** Its servers have no mismatch now; it ends if that lasts. */
  readonly isHealing: boolean;
  /** Why it is shown and never sent, such as that a person expects it; null for every other one. */
  readonly heldWhy: string | null;
  /** Nothing is known of its servers at present. */
  readonly isUndecided: boolean;
}

/** Null where an alert is about more than one server, backend or instance. */
export interface AlertPlace {
  readonly instance: string | null;
  readonly backend: string | null;
  readonly server: string | null;
}

/** What came of an alert at one stage: it goes on, or why not. */
export type StageResult = { readonly kind: "passed" } | { readonly kind: "held"; readonly why: string };

export const PASSED: StageResult = { kind: "passed" };

export function held(why: string): StageResult {
  return { kind: "held", why };
}
