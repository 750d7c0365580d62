import { EventEmitter } from "node:events";
import type { Request, Response } from "express";
import { expect, test } from "vitest";
import { SendingBytes } from "../../server/access/sending-bytes.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { createBodySender } from "../../server/http/body-sender.ts";
import { createCompressor } from "../../server/http/compression.ts";
import { FakeClock } from "../support/fake-clock.ts";

test("large bodies for many clients are written a few in each turn of the event loop", async () => {
  let [written, now] = [0, 0];
  const clock = Object.assign(new FakeClock(), { now: () => now });
  const sender = createBodySender(new SendingBytes(10_000_000), clock);
  const request = { method: "GET", socket: { remoteAddress: "10.0.0.1" } } as unknown as Request;
  const body = Buffer.alloc(1_000_000);
  for (let client = 0; client < 20; client += 1) {
    const response = Object.assign(new EventEmitter(), {
      set: () => response,
      destroyed: false,
      end() {
        written += 1;
        // The kernel takes two milliseconds for it.
        now += 2;
      },
    });
    sender.send(request, response as unknown as Response, body);
  }
  expect(written).toBeLessThanOrEqual(BOUNDS.sliceMs);
  for (let turn = 0; turn < 20; turn += 1) {
    const before = written;
    await new Promise((resolve) => setImmediate(resolve));
    expect(written - before).toBeLessThanOrEqual(BOUNDS.sliceMs);
  }
  expect(written).toBe(20);
});

test("a body is sent as it is while others are being compressed", async () => {
  const compressor = createCompressor();
  const request = { acceptsEncodings: () => "br" } as unknown as Request;
  const bodies = Array.from({ length: BOUNDS.compressionsMax + 1 }, () => Buffer.alloc(10_000));
  const encoded = await Promise.all(bodies.map((body) => compressor.encode(request, body)));
  expect(encoded.map(({ encoding }) => encoding)).toEqual([...bodies.slice(1).map(() => "br"), null]);
});
