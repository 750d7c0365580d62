import { Readable } from "node:stream";
import type { Request, Response } from "express";
import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { readJsonBody } from "../../server/http/json-body.ts";
import { FakeClock } from "../support/fake-clock.ts";

test("bodies that end at the same time are parsed a few in each turn of the event loop", async () => {
  let now = 0;
  const clock = Object.assign(new FakeClock(), { now: () => now });
  const [readBytes, parse] = readJsonBody(clock);
  let parsed = 0;
  const requests = Array.from({ length: 40 }, () =>
    Object.assign(Readable.from([Buffer.from('{"a":1}')]), {
      headers: { "content-type": "application/json", "content-length": "7" },
    }),
  );
  const read = requests.map(
    (request) =>
      new Promise<void>((resolve) => {
        void readBytes?.(request as unknown as Request, {} as Response, () => resolve());
      }),
  );
  await Promise.all(read);
  for (const request of requests) {
    void parse?.(request as unknown as Request, { destroyed: false } as Response, () => {
      expect((request as unknown as Request).body).toEqual({ a: 1 });
      parsed += 1;
      // Each takes a millisecond.
      now += 1;
    });
  }
  expect(parsed).toBeLessThanOrEqual(BOUNDS.sliceMs);
  while (parsed < requests.length) {
    const before = parsed;
    await new Promise((resolve) => setImmediate(resolve));
    expect(parsed - before).toBe(BOUNDS.sliceMs);
  }
});
