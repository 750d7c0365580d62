import { expect, test, vi } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { startExchange } from "../../server/haproxy/pending-exchange.ts";
import { FakeClock } from "../support/fake-clock.ts";

function exchangeOf(maxBytes: number) {
  const limits = { clock: new FakeClock(), timeoutMs: 1_000, maxBytes, signal: new AbortController().signal };
  return startExchange("lb-1", limits, () => {});
}

test.each([1, BOUNDS.pollLargeResponseBytes, 2.5 * BOUNDS.pollLargeResponseBytes, BOUNDS.pollResponseMaxBytes])(
  "a response of %d bytes is kept as it came, in at most twice as much memory",
  async (length) => {
    const exchange = exchangeOf(BOUNDS.pollResponseMaxBytes);
    const all = Buffer.alloc(length, "0123456789");
    for (let at = 0; at < length; at += 1_000_003) exchange.addChunk(all.subarray(at, at + 1_000_003));
    exchange.complete();
    const { bytes } = await exchange.response;
    expect(bytes.equals(all)).toBe(true);
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(Math.max(2 * length, BOUNDS.pollLargeResponseBytes));
  },
);

test("of a large response each chunk has no more copied than three times its bytes", () => {
  const exchange = exchangeOf(BOUNDS.pollResponseMaxBytes);
  const set = vi.spyOn(Uint8Array.prototype, "set");
  const copy = vi.spyOn(Buffer.prototype, "copy");
  const chunk = Buffer.alloc(65_536);
  let most = 0;
  for (let length = 0; length < BOUNDS.pollResponseMaxBytes; length += chunk.length) {
    exchange.addChunk(chunk);
    const parts = [...set.mock.calls.map(([bytes]) => bytes.length), ...copy.mock.contexts.map((of) => of.length)];
    most = Math.max(
      most,
      parts.reduce((sum, bytes) => sum + bytes, 0),
    );
    for (const spy of [set, copy]) spy.mockClear();
  }
  for (const spy of [set, copy]) spy.mockRestore();
  expect(most).toBe(3 * chunk.length);
});

test("each chunk costs at least some of the bytes that a response may have, since it is an object", async () => {
  const exchange = exchangeOf(10_000);
  for (let chunk = 0; chunk <= 10_000 / BOUNDS.pollChunkCostBytes; chunk += 1) exchange.addChunk(Buffer.from("a"));
  exchange.complete();
  await expect(exchange.response).rejects.toMatchObject({ code: "HAPROBE_STATS_TOO_LARGE" });
});
