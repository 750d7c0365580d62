import { expect, test } from "vitest";
import { decodeField, decodeName } from "../../server/haproxy/field-text.ts";

test.each([
  ["cp-1", "cp-1"],
  ["gr\u00f6\u00dfer", "größer"],
  ["a\rb", "a\\u000db"],
  ["L7RSP\n\tdetail", "L7RSP\n\tdetail"],
  ["\u001b[2J", "\\u001b[2J"],
  ["\u009b31m", "\\u009b31m"],
  ["a\u202eb", "a\\u202eb"],
])("%j is read as %j: controls of a terminal stay out of the page, the JSON and the labels", (text, shown) => {
  const field = Buffer.from(text, "utf8").toString("latin1");
  expect(decodeField(field)).toBe(shown);
  expect(decodeField(field, shown)).toBe(shown);
});

test.each([
  ["b/a\nset server b/x state maint", "b/a\\u000aset server b/x state maint"],
  ["a\tb\r\n", "a\\u0009b\\u000d\\u000a"],
  ["gr\u00f6\u00dfer\u202e", "größer\\u202e"],
])("the name %j is one line in advice and commands: %j", (name, shown) => {
  const field = Buffer.from(name, "utf8").toString("latin1");
  expect(decodeName(field)).toBe(shown);
  expect(decodeName(field, shown)).toBe(shown);
});
