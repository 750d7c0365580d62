import { expect, test } from "vitest";
import { HaprobeError } from "../../server/errors.ts";
import { explainPostgresError } from "../../server/store/postgres-error.ts";

test.each([
  ["40P01", "HAPROBE_STORE_BEHIND"],
  ["40001", "HAPROBE_STORE_BEHIND"],
  ["57014", "HAPROBE_STORE_BEHIND"],
  ["57P01", "HAPROBE_STORE_UNREACHABLE"],
  ["53100", "HAPROBE_STORE_FULL"],
  ["53300", "HAPROBE_STORE_UNREACHABLE"],
  ["ECONNRESET", "HAPROBE_STORE_UNREACHABLE"],
])("%s of PostgreSQL is %s", (state, code) => {
  const error = Object.assign(new Error("as it says"), { code: state });
  const explained = explainPostgresError(error);
  expect(explained).toBeInstanceOf(HaprobeError);
  expect(explained).toMatchObject({ code, message: "PostgreSQL: as it says", cause: error });
});

test("an error of a statement of haprobe stays as it is", () => {
  const error = Object.assign(new Error('relation "outbux" does not exist'), { code: "42P01" });
  expect(explainPostgresError(error)).toBe(error);
});
