import { type ErrorCode, HaprobeError } from "../errors.ts";

/** Classes of SQLSTATE, and single ones, that an operator can do something about (PostgreSQL manual, appendix A). */
const SQL_STATES: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ["08", "HAPROBE_STORE_UNREACHABLE"],
  ["28", "HAPROBE_STORE_UNREACHABLE"],
  ["3D", "HAPROBE_STORE_UNREACHABLE"],
  ["57P", "HAPROBE_STORE_UNREACHABLE"],
  ["53300", "HAPROBE_STORE_UNREACHABLE"],
  ["53", "HAPROBE_STORE_FULL"],
  ["55P03", "HAPROBE_STORE_LOCKED"],
  // Rolled back for the sake of another transaction: a deadlock, a failed serialization.
  ["40", "HAPROBE_STORE_BEHIND"],
  ["57014", "HAPROBE_STORE_BEHIND"],
  ["25006", "HAPROBE_STORE_UNWRITABLE"],
  ["42501", "HAPROBE_STORE_UNWRITABLE"],
  ["XX", "HAPROBE_STORE_DAMAGED"],
];

/** Errors of the connection have the code of a system call, or only a message of `pg`. */
const CONNECTION_ERRORS = /^E[A-Z]+$/;
const CONNECTION_MESSAGES = /^(Connection terminated|timeout expired|Query read timeout|timeout exceeded)/;

/** The error of `pg` with a code of haprobe; other errors as they are. */
export function explainPostgresError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { code } = error as { code?: unknown };
  const state = typeof code === "string" ? code : "";
  const known = SQL_STATES.find(([prefix]) => state.startsWith(prefix))?.[1];
  const isConnection = CONNECTION_ERRORS.test(state) || CONNECTION_MESSAGES.test(error.message);
  const meant = isConnection ? "HAPROBE_STORE_UNREACHABLE" : known;
  if (meant === undefined || error instanceof HaprobeError) return error;
  return new HaprobeError(meant, `PostgreSQL: ${error.message || state}`, { cause: error });
}
