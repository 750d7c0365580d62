import { CHECK_STATUSES, type CheckStatus, type CheckView } from "../contract/view.ts";
import { UINT32_MAX } from "./field-bytes.ts";
import { decodeField } from "./field-text.ts";
import { STAT_INDEX } from "./stat-columns.ts";
import type { StatRecord } from "./stat-record.ts";

const RUNNING = "* ";
const KNOWN_STATUSES: ReadonlySet<string> = new Set(CHECK_STATUSES);

/** Parses a check status and its `* `; the status is null for an empty column, and UNK for an unknown code. */
export function parseCheckStatus(field: string): { status: CheckStatus | null; running: boolean; known: boolean } {
  const running = field.startsWith(RUNNING);
  const word = running ? field.slice(RUNNING.length) : field;
  if (word === "") return { status: null, running, known: true };
  const known = KNOWN_STATUSES.has(word);
  return { status: known ? (word as CheckStatus) : "UNK", running, known };
}

/**
 * Parses HAProxy's check of a server. While the next check runs, HAProxy still shows the last result but has cleared its
 * text and set its code to 0 (measured on 2.6): both come from `before`, the check of the previous poll.
 */
export function parseCheck(
  record: StatRecord,
  before: CheckView | null,
): { check: CheckView; unknownStatus: string | null } {
  const field = record.raw(STAT_INDEX.check_status);
  const { status, running, known } = parseCheckStatus(field);
  const last = before !== null && before.status === status ? before : null;
  return {
    check: {
      status,
      running,
      code: running ? (last?.code ?? null) : toSignedCheckCode(record.unsigned(STAT_INDEX.check_code, UINT32_MAX)),
      text: running ? (last?.text ?? "") : record.text(STAT_INDEX.last_chk, before?.text),
      durationMs: record.unsigned(STAT_INDEX.check_duration, UINT32_MAX),
      health: record.unsigned(STAT_INDEX.check_health, UINT32_MAX),
      rise: record.unsigned(STAT_INDEX.check_rise, UINT32_MAX),
      fall: record.unsigned(STAT_INDEX.check_fall, UINT32_MAX),
      failures: record.unsigned(STAT_INDEX.chkfail),
    },
    unknownStatus: known ? null : decodeField(field),
  };
}

/** The exit code -1 of a killed external check, which HAProxy shows in an unsigned column. */
function toSignedCheckCode(code: number | null): number | null {
  return code === UINT32_MAX ? -1 : code;
}
