import type { Position } from "./config-file.ts";
import type { Edit } from "./edit.ts";

export const SEVERITIES = ["error", "warning", "note"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What one rule says about one place. */
export interface LintIssue {
  readonly rule: string;
  readonly severity: Severity;
  readonly position: Position;
  readonly endColumn: number;
  /** The section that it is about; null for the file. */
  readonly proxy: string | null;
  /** The line of its header; null for the file. */
  readonly header: number | null;
  readonly servers: readonly string[];
  /** The lines of those servers. */
  readonly places: readonly number[];
  /** One sentence about this place. */
  readonly message: string;
  /** What fixes it; empty where the file does not say enough. */
  readonly cure: readonly Edit[];
}
