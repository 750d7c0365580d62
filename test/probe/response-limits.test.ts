import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { GrowingTextMatcher } from "../../server/probe/body-expectation.ts";
import { startDeadline } from "../../server/probe/deadline.ts";
import { exchangeHttp } from "../../server/probe/http-exchange.ts";
import type { HttpExchange } from "../../server/probe/http-response.ts";
import { parseFailingChecks } from "../../server/probe/failing-checks.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { detachedReader } from "./detached-reader.ts";

const OK = "HTTP/1.1 200 OK\r\n";

/** The exchange with a server whose bytes arrive in these chunks, without an end; or the error's message. */
async function exchange(chunks: readonly string[]): Promise<HttpExchange | string> {
  const reader = detachedReader();
  using deadline = startDeadline(new FakeClock(), 1_000);
  const request = { method: "GET", head: "", keepAlive: false, endsAtHeaders: null, decodesBody: true, upgrade: null };
  const result = exchangeHttp(reader, request, deadline, (exchanged) => exchanged);
  for (const chunk of chunks) reader.receive(Buffer.from(chunk, "latin1"));
  const settled = await result.catch((error: unknown) => String(error));
  expect(reader.socket.destroyed).toBe(true);
  return settled;
}

function repeat(count: number, text: string): string[] {
  return Array<string>(count).fill(text);
}

describe("a response is read no further than", () => {
  test("a number of small chunks of its body, in one read or in many", async () => {
    const head = `${OK}transfer-encoding: chunked\r\n\r\n`;
    const chunks = repeat(10_000, "1\r\nx\r\n");
    for (const received of [[head + chunks.join("")], [head, chunks.join("")]]) {
      expect(await exchange(received)).toMatchObject({
        readError: null,
        response: { body: "x".repeat(BOUNDS.probeSmallChunks), complete: false },
      });
    }
  });

  test("a number of reads of its headers", async () => {
    expect(await exchange([OK, ...repeat(BOUNDS.probeResponseReads, "a")])).toMatchObject({
      readError: new Error("the response has too many reads"),
      response: { status: 200, body: "" },
    });
  });

  test("a number of bytes that are no body", async () => {
    const extension = `1;${"a".repeat(8_000)}\r\nx\r\n`;
    const head = `${OK}transfer-encoding: chunked\r\n\r\n`;
    expect(await exchange([head, ...repeat(17, extension)])).toMatchObject({
      readError: new Error("the response has too many bytes"),
      response: { status: 200 },
    });
  });

  test("a number of lines of its headers, however they are folded", async () => {
    const folded = " x\r\n".repeat(3_000);
    expect(await exchange([`${OK}a: b\r\n${folded}`])).toMatchObject({ readError: new Error("too many headers") });
    expect(await exchange([OK, ...repeat(30, "a: b\r\n".repeat(10))])).toMatchObject({
      readError: new Error("too many headers"),
    });
  });

  test("a number of interim responses and their headers", async () => {
    const interim = "HTTP/1.1 103 Early Hints\r\n";
    expect(await exchange([repeat(1_000, `${interim}\r\n`).join("")])).toBe("Error: endless interim responses");
    expect(await exchange([`${interim}${"a:\r\n".repeat(BOUNDS.probeInterimHeaders + 1)}\r\n`])).toBe(
      "Error: too many headers of an interim response",
    );
  });

  test("its own limit: large chunks of 64 KiB are read whole", async () => {
    const chunk = `400\r\n${"x".repeat(1_024)}\r\n`;
    const received = [`${OK}transfer-encoding: chunked\r\n\r\n`, ...repeat(60, chunk), "0\r\n\r\n"];
    expect(await exchange(received)).toMatchObject({ response: { body: "x".repeat(60 * 1_024), complete: true } });
  });
});

test("data that grows is matched for a number of bytes in all", () => {
  const matcher = new GrowingTextMatcher({ kind: "contains", text: "PONG" });
  let text = "";
  for (; !matcher.isExhausted; text += "x".repeat(1_024)) expect(matcher.matches(text, false)).toBe(false);
  expect(text.length).toBeLessThan(32 * 1_024);
});

test("health in JSON is read up to a number of objects and lists", () => {
  const health = (lists: number): string =>
    `{"status":"DOWN","components":{"a":{"status":"DOWN"}},"more":[${Array(lists).fill("[]").join(",")}]}`;
  expect(parseFailingChecks("application/json", health(100))).toEqual(["a"]);
  expect(parseFailingChecks("application/json", health(10_000))).toBeNull();
});

test("a check list is read for a number of lines", () => {
  expect(parseFailingChecks("text/plain", `${"\n".repeat(1_000)}[-]etcd failed`)).toBeNull();
});
