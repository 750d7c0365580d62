import type { BackendView, ServerView } from "../contract/view.ts";
import { parseCheck, parseCheckStatus } from "./check-columns.ts";
import type { ServerLocation } from "./servers-state.ts";
import { STAT_INDEX } from "./stat-columns.ts";
import type { StatRecord } from "./stat-csv.ts";
import { parseStatusColumn } from "./status-column.ts";

/** A server's view, and the words in it that no HAProxy up to 3.5 has. */
export interface ParsedServerRow {
  readonly view: ServerView;
  readonly unknownWords: readonly string[];
}

const NO_UNKNOWN_WORDS: readonly string[] = [];

/** Reads a row of type server. `before` is the same server at the previous poll, `place` where it is now. */
export function parseServerRow(
  record: StatRecord,
  backend: string,
  server: string,
  before: ServerView | null,
  place: ServerLocation,
): ParsedServerRow {
  const status = record.text(STAT_INDEX.status, before?.status);
  const word = parseStatusColumn(status);
  const { check, unknownStatus } = parseCheck(record, before?.check ?? null);
  const agent = parseCheckStatus(record.raw(STAT_INDEX.agent_status));
  const view: ServerView = {
    backend,
    server,
    proxyId: record.number(STAT_INDEX.iid) ?? 0,
    serverId: record.number(STAT_INDEX.sid) ?? 0,
    mode: record.text(STAT_INDEX.mode, before?.mode),
    status,
    state: word.state,
    counting: word.counting,
    byAgent: word.byAgent,
    weight: record.number(STAT_INDEX.weight) ?? 0,
    backup: (record.number(STAT_INDEX.bck) ?? 0) > 0,
    check,
    agentStatus: agent.status,
    tracked: record.text(STAT_INDEX.tracked, before?.tracked ?? "") || null,
    address: place.address,
    fqdn: place.fqdn,
    checkElsewhere: place.checkElsewhere,
    sessionsTotal: record.number(STAT_INDEX.stot),
    sessionsCurrent: record.number(STAT_INDEX.scur),
    bytesOut: record.number(STAT_INDEX.bout),
    connectErrors: record.number(STAT_INDEX.econ),
    responseErrors: record.number(STAT_INDEX.eresp),
    retries: record.number(STAT_INDEX.wretr),
    responses5xx: record.number(STAT_INDEX.hrsp_5xx),
    lastChangeSeconds: record.number(STAT_INDEX.lastchg),
  };
  if (word.isKnown && unknownStatus === null && agent.known) return { view, unknownWords: NO_UNKNOWN_WORDS };
  const words = [word.isKnown ? null : status, unknownStatus, agent.known ? null : record.raw(STAT_INDEX.agent_status)];
  return { view, unknownWords: words.filter((text) => text !== null) };
}

/** Reads a row of type backend. */
export function parseBackendRow(record: StatRecord, backend: string): BackendView {
  return {
    backend,
    proxyId: record.number(STAT_INDEX.iid) ?? 0,
    mode: record.text(STAT_INDEX.mode),
    status: record.text(STAT_INDEX.status),
    activeServers: record.number(STAT_INDEX.act) ?? 0,
    backupServers: record.number(STAT_INDEX.bck) ?? 0,
    sessionsTotal: record.number(STAT_INDEX.stot),
  };
}
