import { expect, test } from "vitest";
import { recordedCheck } from "../../server/hub/recorded-check.ts";

test.each([
  ["no check", null, null, 200, "none", "check-missing"],
  ["UP", "L4OK", null, 200, "connection", "check-blind"],
  ["UP", "L6OK", null, 200, "tls", "check-blind"],
  // No HTTP probe: a database, which has no better check.
  ["UP", "L4OK", null, null, "connection", null],
  ["UP", "L7OK", 200, 200, "application", "check-ok"],
  ["UP", "L7OK", 403, 200, "application", "check-accepts-denial"],
  // A state file keeps no code.
  ["UP", "L7OK", null, 200, "application", null],
  ["DOWN", "L4CON", null, 200, null, null],
  ["MAINT", null, null, 200, null, null],
] as const)(
  "%s %s %s, answered with %s: %s, %s",
  (haproxyStatus, checkStatus, checkCode, httpStatus, depth, quality) => {
    expect(recordedCheck({ haproxyStatus, checkStatus, checkCode, httpStatus })).toEqual({ depth, quality });
  },
);
