import { CHECK_STATUSES, type CheckStatus, type CheckView } from "../contract/view.ts";
import { decodeField } from "./field-text.ts";
import { STAT_INDEX } from "./stat-columns.ts";
import type { StatRecord } from "./stat-csv.ts";

const RUNNING = "* ";
const KNOWN_STATUSES: ReadonlySet<string> = new Set(CHECK_STATUSES);
/** An exit code of -1 (an external check that was killed), as HAProxy's unsigned column shows it. */
const UNSIGNED_MINUS_ONE = 4_294_967_295;

/** A check status without its `* `; null where the column is empty; a code that we do not know proves nothing, so it is UNK. */
export function parseCheckStatus(field: string): { status: CheckStatus | null; running: boolean; known: boolean } {
  const running = field.startsWith(RUNNING);
  const word = running ? field.slice(RUNNING.length) : field;
  if (word === "") return { status: null, running, known: true };
  const known = KNOWN_STATUSES.has(word);
  return { status: known ? (word as CheckStatus) : "UNK", running, known };
}

/**
 * HAProxy's check of a server. While the next check runs HAProxy still names the last result, but has already emptied its
 * text and set its code to 0 (both measured on 2.6): those two come from `before`, the check at the previous poll.
 */
export function parseCheck(
  record: StatRecord,
  before: CheckView | null,
): { check: CheckView; unknownStatus: string | null } {
  const field = record.raw(STAT_INDEX.check_status);
  const { status, running, known } = parseCheckStatus(field);
  const remembered = before !== null && before.status === status ? before : null;
  return {
    check: {
      status,
      running,
      code: running ? (remembered?.code ?? null) : toSignedCheckCode(record.number(STAT_INDEX.check_code)),
      text: running ? (remembered?.text ?? "") : record.text(STAT_INDEX.last_chk, before?.text),
      durationMs: record.number(STAT_INDEX.check_duration),
      health: record.number(STAT_INDEX.check_health),
      rise: record.number(STAT_INDEX.check_rise),
      fall: record.number(STAT_INDEX.check_fall),
    },
    unknownStatus: known ? null : decodeField(field),
  };
}

function toSignedCheckCode(code: number | null): number | null {
  return code === UNSIGNED_MINUS_ONE ? -1 : code;
}
