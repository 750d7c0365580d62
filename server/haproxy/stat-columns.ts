/** The columns of `show stat` that are used; every HAProxy from 2.2 on has them all (management.txt, 9.1). */
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
  "last_chk",
  "agent_status",
  "tracked",
  "addr",
  "stot",
  "scur",
  "bout",
  "econ",
  "eresp",
  "wretr",
  "hrsp_5xx",
  "lastchg",
  "downtime",
  "lastsess",
] as const;

type StatColumn = (typeof STAT_COLUMNS)[number];

/** Place of each column in a StatRecord. */
export const STAT_INDEX = Object.fromEntries(STAT_COLUMNS.map((column, place) => [column, place])) as {
  readonly [Column in StatColumn]: number;
};

/** What a row is about. Never told by `svname`: a server may be called BACKEND. */
export const ROW_TYPE = { frontend: 0, backend: 1, server: 2 } as const;
