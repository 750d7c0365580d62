import { expect, test } from "vitest";
import { renderTextTable } from "../../server/cli/text-table.ts";

test("text from outside cannot drive the terminal or add a row", () => {
  const table = renderTextTable([
    ["a\u001b]0;x\u0007", "b\u009b31m"],
    ["c\nd", "e\u202ef"],
  ]);
  expect(table.replaceAll(/ +/g, " ")).toBe("a\\u001b]0;x\\u0007 b\\u009b31m\nc\\u000ad e\\u202ef\n");
});
