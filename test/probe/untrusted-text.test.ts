import { expect, test } from "vitest";
import { truncateBody } from "../../server/probe/untrusted-text.ts";

test("controls of a terminal and of the text's direction in a body become escapes, its lines stay", () => {
  expect(truncateBody("a\u001b[2J\u009b31m\u202eb\nc\td")).toBe("a\\u001b[2J\\u009b31m\\u202eb\nc\td");
});
