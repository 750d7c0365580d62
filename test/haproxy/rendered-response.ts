import type { StatsResponse } from "../../server/haproxy/stats-source.ts";
import { STAT_COLUMNS } from "../../server/haproxy/stat-columns.ts";

/** Columns of one row, unquoted; missing ones are empty. */
export type StatRow = Partial<Record<(typeof STAT_COLUMNS)[number], string | number>>;

/** One line of `show servers state`. */
export interface ServerStateRow {
  readonly sid: number;
  readonly name: string;
  readonly addr?: string;
  readonly port?: number;
  readonly fqdn?: string;
  readonly checkPort?: number;
}

export interface RenderedState {
  readonly pid?: number;
  /** Null: missing, as in 2.2. */
  readonly startTime?: number | null;
  readonly uptime?: number;
  readonly rows: readonly StatRow[];
  readonly serverStates?: readonly ServerStateRow[];
}

/** A server's row with the columns that each row has; backend `b` has the id 2. */
export function serverRow(svname: string, sid: number, more: StatRow = {}): StatRow {
  return {
    pxname: "b",
    svname,
    iid: 2,
    sid,
    type: 2,
    mode: "http",
    status: "UP",
    weight: 1,
    act: 1,
    bck: 0,
    stot: 0,
    ...more,
  };
}

export function backendRow(stot: number, more: StatRow = {}): StatRow {
  return {
    pxname: "b",
    svname: "BACKEND",
    iid: 2,
    sid: 0,
    type: 1,
    mode: "http",
    status: "UP",
    act: 1,
    bck: 0,
    stot,
    ...more,
  };
}

/** A response with this text, one byte per character. */
export function responseFromText(text: string, sentAt = 0): StatsResponse {
  return { bytes: Buffer.from(text, "latin1"), connectMs: 0, sentAt, receivedAt: sentAt + 1 };
}

/** The response of a HAProxy in this state. */
export function renderResponse(what: RenderedState): StatsResponse {
  return responseFromText(renderResponseText(what), 100);
}

/** The text of that response. */
export function renderResponseText(what: RenderedState): string {
  const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (fields: readonly (string | number)[]): string =>
    `${fields.map((field) => quote(String(field))).join(",")},\n`;
  const start = what.startTime === null ? "" : `Start_time_sec: ${what.startTime ?? 1_000}\n`;
  const info = `Name: HAProxy\nVersion: 2.6.12\nPid: ${what.pid ?? 7}\nUptime_sec: ${what.uptime ?? 60}\nnode: n1\nStopping: 0\n${start}\n`;
  const state =
    what.serverStates === undefined
      ? ""
      : `1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_fqdn srv_port srvrecord srv_check_port srv_check_addr\n${what.serverStates
          .map(
            (p) =>
              `2 b ${p.sid} ${p.name} ${p.addr ?? "-"} 0 ${p.fqdn ?? "-"} ${p.port ?? 0} - ${p.checkPort ?? 0} -\n`,
          )
          .join("")}\n`;
  const table = `# ${line(STAT_COLUMNS)}${what.rows.map((row) => line(STAT_COLUMNS.map((column) => row[column] ?? ""))).join("")}\n`;
  return info + state + table;
}
