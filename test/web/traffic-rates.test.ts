import { expect, test } from "vitest";
import { formatRate } from "../../web/lib/quantity-format.ts";
import { TrafficRates } from "../../web/lib/traffic-rates.ts";
import { sampleServer } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);

function counted(server: string, seconds: number, sessionsTotal: number | null) {
  const made = sampleServer(NOW, { server });
  const at = new Date(NOW + seconds * 1_000).toISOString();
  return { ...made, haproxy: { ...made.haproxy, sessionsTotal, at } };
}
const [{ key: a }, { key: b }] = [counted("a", 0, 0), counted("b", 0, 0)];
const seconds = (from: number, to: number) => ({ from: NOW + from * 1_000, to: NOW + to * 1_000 });

test("traffic per second is the growth of HAProxy's counter between two polls", () => {
  const rates = new TrafficRates();
  rates.record(counted("a", 0, 100));
  expect(rates.rateOf([a])).toBeNull();
  rates.record(counted("a", 1, 104));
  expect(rates.rateOf([a])).toBeNull();
  rates.record(counted("a", 4, 120));
  expect(rates.rateOf([a])).toEqual({ perSecond: 5, ...seconds(0, 4) });
  // A restart of HAProxy is no traffic.
  rates.record(counted("a", 8, 3));
  expect(rates.rateOf([a])).toBeNull();
});

test("that of several servers is the sum of those that have a counter, as old as the oldest, and never a part of it", () => {
  const rates = new TrafficRates();
  rates.record(counted("a", 0, 100));
  rates.record(counted("a", 4, 120));
  expect(rates.rateOf([a, b])?.perSecond).toBe(5);
  rates.record(counted("b", 2, 0));
  expect(rates.rateOf([a, b])).toBeNull();
  rates.record(counted("b", 600, 598));
  expect(rates.rateOf([a, b])).toEqual({ perSecond: 6, ...seconds(0, 4) });
  rates.record(counted("b", 604, null));
  expect(rates.rateOf([a, b])?.perSecond).toBe(5);
  rates.retain(new Set([b]));
  expect(rates.rateOf([a, b])).toBeNull();
});

test("a row that was overtaken by a newer one changes nothing; one of a clock that was set back begins anew", () => {
  const rates = new TrafficRates();
  rates.record(counted("a", 0, 100));
  rates.record(counted("a", 4, 120));
  rates.record(counted("a", 2, 110));
  expect(rates.rateOf([a])).toEqual({ perSecond: 5, ...seconds(0, 4) });
  rates.record(counted("a", -3_600, 130));
  expect(rates.rateOf([a])).toBeNull();
});

test("a little traffic is never none", () => {
  expect([0, 0.001, 0.44, 9.96, 1_204].map(formatRate)).toEqual(["0", "0.1", "0.4", "10", "1,204"]);
});
