import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { parseSimpleResponse } from "../../server/probe/simple-response.ts";
import { expectSameOutcome } from "../probe/both-parsers.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";

const INPUTS = 1_000_000;

const LINES = [
  "HTTP/1.1 200 OK",
  "HTTP/1.1 200 OK",
  "HTTP/1.1 500 No",
  "HTTP/1.1 204 N",
  "HTTP/1.1 301 ",
  "HTTP/1.1 599 \xe9",
];
const NAMES = [
  "content-length",
  "Content-Length",
  "connection",
  "content-type",
  "location",
  "content-encoding",
  "x",
  "date",
  "keep-alive",
  "set-cookie",
];
const VALUES = [
  "2",
  "0",
  "5",
  "text/plain",
  "close",
  "Keep-Alive",
  "identity",
  "/login",
  "caf\xe9",
  "a b",
  "",
  "00002",
];
const BODIES = ["", "o", "ok", "okay", "\xff\xfe", "2\r\nok\r\n0\r\n\r\n", "\r\n"];
const BYTES = ["", " ", "\t", "\r", "\n", "\0", "\r\n", ":", "\x7f", "\x80", "0", "9", "\x0b", "\xa0"];

test("a million responses, seeded anew, are read by our parser as by Node's", { timeout: 3_600_000 }, async () => {
  const seed = Number(process.env["HAPROBE_SEED"] ?? randomInt(2 ** 31));
  const seeded = new SeededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(seeded.next() * items.length)] as T;
  const chance = (part: number): boolean => seeded.next() < part;
  let read = 0;
  let round = 0;
  for (; read < INPUTS; round += 1) {
    const bytes = Buffer.from(makeResponse(), "latin1");
    const method = chance(0.2) ? "HEAD" : "GET";
    // Other responses are read by Node's parser either way.
    if (parseSimpleResponse(bytes, method) === null) continue;
    read += 1;
    try {
      await expectSameOutcome(bytes, method, chance(0.5));
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}: ${method} ${JSON.stringify(bytes.toString("latin1"))}`, {
        cause: error,
      });
    }
  }
  console.log(`seed ${seed}: ${round} responses, ${read} of them read by our parser, 0 differences`);
  expect(read).toBe(INPUTS);

  function makeResponse(): string {
    const body = pick(BODIES);
    const headers: string[] = [];
    for (let count = Math.floor(seeded.next() * 4); count > 0; count -= 1)
      headers.push(`${pick(NAMES)}:${pick(["", " ", "\t "])}${pick(VALUES)}${pick(["", "", " "])}`);
    if (chance(0.8)) headers.push(`content-length: ${body.length}`);
    let text = [pick(LINES), ...headers, "", body].join("\r\n");
    for (let damage = Math.floor(seeded.next() ** 2 * 3); damage > 0; damage -= 1) {
      const at = Math.floor(seeded.next() * text.length);
      text = text.slice(0, at) + pick(BYTES) + text.slice(at + (chance(0.7) ? 1 : 0));
    }
    return chance(0.05) ? text.slice(0, Math.floor(seeded.next() * text.length)) : text;
  }
});
