import { type ErrorCode, HaprobeError } from "../errors.ts";

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html) that an operator can do something about. */
const CODES: Readonly<Record<number, { readonly code: ErrorCode; readonly what: string }>> = {
  5: { code: "HAPROBE_STORE_LOCKED", what: "is locked by another process" },
  6: { code: "HAPROBE_STORE_LOCKED", what: "is locked" },
  8: { code: "HAPROBE_STORE_UNWRITABLE", what: "is read-only" },
  10: { code: "HAPROBE_STORE_UNWRITABLE", what: "cannot be read or written" },
  11: { code: "HAPROBE_STORE_DAMAGED", what: "is damaged" },
  13: { code: "HAPROBE_STORE_FULL", what: "cannot grow: the disk is full" },
  14: { code: "HAPROBE_STORE_UNWRITABLE", what: "cannot be opened" },
  26: { code: "HAPROBE_STORE_DAMAGED", what: "is not a database" },
};

/** The error of `node:sqlite` with a code of haprobe; other errors as they are. */
export function explainSqliteError(error: unknown, file: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { errcode } = error as { errcode?: unknown };
  const known = typeof errcode === "number" ? CODES[errcode & 0xff] : undefined;
  if (known === undefined) return error;
  return new HaprobeError(known.code, `${file} ${known.what}: ${error.message}`, { cause: error });
}
