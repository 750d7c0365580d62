import { STAT_COLUMNS } from "../../../server/haproxy/stat-columns.ts";

/** Columns of one row of `show stat`; what is left out is empty. */
export type StatRow = Partial<Record<(typeof STAT_COLUMNS)[number], string | number>>;

/** Where one server is, for `show servers state`. */
export interface ServerStateLine {
  readonly proxyId: number;
  readonly backend: string;
  readonly serverId: number;
  readonly server: string;
  readonly host: string;
  readonly port: number;
}

export interface ProcessInfo {
  readonly pid: number;
  readonly startedAtSeconds: number;
  readonly uptimeSeconds: number;
}

const HEADER = `# ${STAT_COLUMNS.join(",")},\n`;
const STATE_HEADER =
  "1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_fqdn srv_port srvrecord srv_check_port srv_check_addr\n";

/** What HAProxy 2.6 writes to `show info[;show servers state];show stat …`. Names here need no quotes. */
export function renderStatsReply(
  process: ProcessInfo,
  rows: readonly StatRow[],
  places: readonly ServerStateLine[] | null,
): string {
  const info = `Name: HAProxy\nVersion: 2.6.12\nPid: ${process.pid}\nUptime_sec: ${process.uptimeSeconds}\nStart_time_sec: ${process.startedAtSeconds}\nnode: simulated\nStopping: 0\n\n`;
  const state = places === null ? "" : `${STATE_HEADER}${places.map(stateLine).join("")}\n`;
  const table = rows.map((row) => `${STAT_COLUMNS.map((column) => row[column] ?? "").join(",")},\n`).join("");
  return `${info}${state}${HEADER}${table}\n`;
}

function stateLine({ proxyId, backend, serverId, server, host, port }: ServerStateLine): string {
  return `${proxyId} ${backend} ${serverId} ${server} ${host} 0 - ${port} - 0 -\n`;
}
