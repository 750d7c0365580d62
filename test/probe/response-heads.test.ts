import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { systemClock } from "../../server/clock.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { ResponseHeads } from "../../server/probe/response-heads.ts";
import { makeTarget } from "./make-target.ts";
import { probeTargetWith } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";

/** The headers that are kept of one response with this head and body. */
async function headersOf(head: string, body: string): Promise<readonly string[]> {
  await using server = await startRawServer((socket) => socket.end(`${head}\r\n${body}`, "latin1"));
  const heads = new ResponseHeads();
  const target = makeTarget({ port: server.port });
  await probeTargetWith(createProbe({ clock: systemClock, heads }), target, systemClock);
  return heads.read(target.key)?.headers.map(({ name, value }) => `${name}: ${value}`) ?? [];
}

const lineOf = (text: string): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\n${text}\r\n\r\n`);
const keepIn = (heads: ResponseHeads, text: string, secrets: readonly string[] = []): readonly string[] | null => {
  const head = lineOf(text);
  heads.keep("t", head, head.length, secrets, 1);
  return heads.read("t")?.headers.map(({ name, value }) => `${name}: ${value}`) ?? null;
};

test.each([
  ["a response that our parser reads", "content-length: 2\r\n", "ok"],
  ["one that Node's parser reads", "Transfer-Encoding: chunked\r\nX-Two: a\r\nX-Two: b\r\n", "2\r\nok\r\n0\r\n\r\n"],
])("the headers of %s are kept as they came, and nothing of its body", async (_what, lines, body) => {
  const kept = await headersOf(`HTTP/1.1 200 OK\r\nServer: nginx\r\n${lines}`, body);
  expect(kept).toEqual(["Server: nginx", ...lines.trim().split("\r\n")]);
});

test("values of headers that are secrets by their name, secrets of the rule and secret parameters of a query are not shown", () => {
  expect(
    keepIn(
      new ResponseHeads(),
      "Set-Cookie: a=b\r\nX-Api-Key: c\r\nX-Echo: token-1 and more\r\nLocation: /x?token=d&y=1\r\nDate: today",
      ["token-1"],
    ),
  ).toEqual([
    "Set-Cookie: <redacted>",
    "X-Api-Key: <redacted>",
    "X-Echo: [redacted] and more",
    "Location: /x?token=<redacted>&y=1",
    "Date: today",
  ]);
});

test("of a long head the first ones are kept; the next response replaces it, shorter or longer", () => {
  const heads = new ResponseHeads();
  const long = Array.from({ length: 100 }, (_, n) => `X-${n}: ${"v".repeat(100)}`).join("\r\n");
  const kept = keepIn(heads, long) ?? [];
  expect(kept.join("").length).toBeLessThanOrEqual(BOUNDS.probeHeadKeptBytes);
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.at(-1)).toMatch(/: v{100}$/);
  expect(keepIn(heads, "A: 1")).toEqual(["A: 1"]);
  expect(keepIn(heads, "A: 1\r\nB: 2")).toEqual(["A: 1", "B: 2"]);
  const pairs = Array.from({ length: 100 }, (_, n) => [`X-${n}`, "v".repeat(100)]).flat();
  heads.keep("t", pairs, 0, [], 2);
  expect(heads.read("t")?.headers.map(({ name }) => name)).toEqual(Array.from({ length: 19 }, (_, n) => `X-${n}`));
  heads.keep("t", ["C", "3"], 0, [], 2);
  expect(heads.read("t")).toEqual({ at: 2, headers: [{ name: "C", value: "3" }] });
  expect(keepIn(heads, "D: 4")).toEqual(["D: 4"]);
});

test("controls in a header are blanks, and a target that is gone has none", () => {
  const heads = new ResponseHeads();
  heads.keep("t", ["X", "a\u001b[31m\u202eb"], 0, [], 1);
  expect(heads.read("t")?.headers).toEqual([{ name: "X", value: "a [31m b" }]);
  heads.delete("t");
  expect(heads.read("t")).toBeNull();
});
