/** The columns of `show stat` in use; each HAProxy from 2.2 on has them all (management.txt, 9.1). */
export const STAT_COLUMNS = [
  "pxname",
  "svname",
  "iid",
  "sid",
  "type",
  "mode",
  "status",
  "weight",
  "act",
  "bck",
  "check_status",
  "check_code",
  "check_duration",
  "check_health",
  "check_rise",
  "check_fall",
  "chkfail",
  "last_chk",
  "agent_status",
  "last_agt",
  "tracked",
  "addr",
  "stot",
  "scur",
  "bout",
  "econ",
  "eresp",
  "wretr",
  "hrsp_2xx",
  "hrsp_5xx",
  "lastchg",
  "downtime",
  "lastsess",
] as const;

type StatColumn = (typeof STAT_COLUMNS)[number];

/** Index of each column in a StatRecord. */
export const STAT_INDEX = Object.fromEntries(STAT_COLUMNS.map((column, index) => [column, index])) as {
  readonly [Column in StatColumn]: number;
};

/** Values of the `type` column. `svname` does not identify the type, since a server may be named BACKEND. */
export const ROW_TYPE = { frontend: 0, backend: 1, server: 2 } as const;
