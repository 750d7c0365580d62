import type { BackendView, ServerView } from "../contract/view.ts";
import { readCheck, readCheckStatus } from "./check-result.ts";
import type { ServerPlace } from "./servers-state.ts";
import { STAT } from "./stat-columns.ts";
import type { StatRecord } from "./stat-csv.ts";
import { readStatus } from "./status-word.ts";

/** A server's view, and the words in it that no HAProxy up to 3.5 has. */
export interface ServerRow {
  readonly view: ServerView;
  readonly unknownWords: readonly string[];
}

const NONE: readonly string[] = [];

/** Reads a row of type server. `before` is the same server at the previous poll, `place` where it is now. */
export function readServerRow(
  record: StatRecord,
  backend: string,
  server: string,
  before: ServerView | null,
  place: ServerPlace,
): ServerRow {
  const status = record.text(STAT.status, before?.status);
  const word = readStatus(status);
  const { check, unknownStatus } = readCheck(record, before?.check ?? null);
  const agent = readCheckStatus(record.raw(STAT.agent_status));
  const view: ServerView = {
    backend,
    server,
    proxyId: record.number(STAT.iid) ?? 0,
    serverId: record.number(STAT.sid) ?? 0,
    mode: record.text(STAT.mode, before?.mode),
    status,
    state: word.state,
    counting: word.counting,
    byAgent: word.byAgent,
    weight: record.number(STAT.weight) ?? 0,
    backup: (record.number(STAT.bck) ?? 0) > 0,
    check,
    agentStatus: agent.status,
    tracked: record.text(STAT.tracked, before?.tracked ?? "") || null,
    address: place.address,
    fqdn: place.fqdn,
    checkElsewhere: place.checkElsewhere,
    sessionsTotal: record.number(STAT.stot),
    sessionsCurrent: record.number(STAT.scur),
    bytesOut: record.number(STAT.bout),
    connectErrors: record.number(STAT.econ),
    responseErrors: record.number(STAT.eresp),
    retries: record.number(STAT.wretr),
    responses5xx: record.number(STAT.hrsp_5xx),
    lastChangeSeconds: record.number(STAT.lastchg),
  };
  if (word.known && unknownStatus === null && agent.known) return { view, unknownWords: NONE };
  const words = [word.known ? null : status, unknownStatus, agent.known ? null : record.raw(STAT.agent_status)];
  return { view, unknownWords: words.filter((text) => text !== null) };
}

/** Reads a row of type backend. */
export function readBackendRow(record: StatRecord, backend: string): BackendView {
  return {
    backend,
    proxyId: record.number(STAT.iid) ?? 0,
    mode: record.text(STAT.mode),
    status: record.text(STAT.status),
    activeServers: record.number(STAT.act) ?? 0,
    backupServers: record.number(STAT.bck) ?? 0,
    sessionsTotal: record.number(STAT.stot),
  };
}
