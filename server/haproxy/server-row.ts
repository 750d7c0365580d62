import type { BackendView, ServerView } from "../contract/view.ts";
import { parseCheck, parseCheckStatus } from "./check-columns.ts";
import { UINT32_MAX } from "./field-bytes.ts";
import type { ServerLocation } from "./servers-state.ts";
import { STAT_INDEX } from "./stat-columns.ts";
import type { StatRecord } from "./stat-record.ts";
import { parseStatusColumn } from "./status-column.ts";

/** A server's view, and its status words that no HAProxy up to 3.5 has. */
export interface ParsedServerRow {
  readonly view: ServerView;
  readonly unknownWords: readonly string[];
}

const NO_UNKNOWN_WORDS: readonly string[] = [];

/** Parses a row of type server; `before` is its view of the previous poll, `location` its current one. */
export function parseServerRow(
  record: StatRecord,
  backend: string,
  server: string,
  before: ServerView | null,
  location: ServerLocation,
): ParsedServerRow {
  const status = record.text(STAT_INDEX.status, before?.status);
  const word = parseStatusColumn(status);
  const { check, unknownStatus } = parseCheck(record, before?.check ?? null);
  const agent = parseCheckStatus(record.raw(STAT_INDEX.agent_status));
  const parsed: ServerView = {
    backend,
    server,
    proxyId: record.unsigned(STAT_INDEX.iid, UINT32_MAX) ?? 0,
    serverId: record.unsigned(STAT_INDEX.sid, UINT32_MAX) ?? 0,
    mode: record.text(STAT_INDEX.mode, before?.mode),
    status,
    state: word.state,
    counting: word.counting,
    byAgent: word.byAgent,
    weight: record.unsigned(STAT_INDEX.weight, UINT32_MAX) ?? 0,
    backup: (record.number(STAT_INDEX.bck) ?? 0) > 0,
    check,
    agentStatus: agent.status,
    agentText: agent.running
      ? keptAgentText(agent.status, before)
      : record.text(STAT_INDEX.last_agt, before?.agentText),
    tracked: record.text(STAT_INDEX.tracked, before?.tracked ?? "") || null,
    address: location.address,
    fqdn: location.fqdn,
    checkElsewhere: location.checkElsewhere,
    sessionsTotal: record.unsigned(STAT_INDEX.stot),
    sessionsCurrent: record.unsigned(STAT_INDEX.scur),
    bytesOut: record.unsigned(STAT_INDEX.bout),
    connectErrors: record.unsigned(STAT_INDEX.econ),
    responseErrors: record.unsigned(STAT_INDEX.eresp),
    retries: record.unsigned(STAT_INDEX.wretr),
    responses2xx: record.unsigned(STAT_INDEX.hrsp_2xx),
    responses5xx: record.unsigned(STAT_INDEX.hrsp_5xx),
    lastChangeSeconds: record.unsigned(STAT_INDEX.lastchg, UINT32_MAX),
  };
  // A spread inside the literal would make every row slower.
  const view = location.checkPort === undefined ? parsed : { ...parsed, checkPort: location.checkPort };
  if (word.isKnown && unknownStatus === null && agent.known) return { view, unknownWords: NO_UNKNOWN_WORDS };
  const words = [word.isKnown ? null : status, unknownStatus, agent.known ? null : record.raw(STAT_INDEX.agent_status)];
  return { view, unknownWords: words.filter((text) => text !== null) };
}

/** HAProxy clears the agent's text while it asks the agent again. */
function keptAgentText(status: ServerView["agentStatus"], before: ServerView | null): string {
  return before !== null && before.agentStatus === status ? before.agentText : "";
}

/** Parses a row of type backend. */
export function parseBackendRow(record: StatRecord, backend: string): BackendView {
  return {
    backend,
    proxyId: record.unsigned(STAT_INDEX.iid, UINT32_MAX) ?? 0,
    mode: record.text(STAT_INDEX.mode),
    status: record.text(STAT_INDEX.status),
    activeServers: record.unsigned(STAT_INDEX.act, UINT32_MAX) ?? 0,
    backupServers: record.unsigned(STAT_INDEX.bck, UINT32_MAX) ?? 0,
    sessionsTotal: record.unsigned(STAT_INDEX.stot),
  };
}
