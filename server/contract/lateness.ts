/** What does not happen in time; each entry is late by at least `lateAfterMs`. Milliseconds. */
export interface Lateness {
  /** Instances of which no poll ended, failed ones included, with the time since it was due. */
  readonly polls: readonly { readonly instance: string; readonly lateMs: number }[];
  /** Targets without a probe that was due, and the longest of these times. Those that wait for their own address's limits are not counted. */
  readonly probes: { readonly targets: number; readonly lateMs: number };
  /** Since the last pass of the judge over all servers; 0 while it is in time. */
  readonly judgeMs: number;
}
