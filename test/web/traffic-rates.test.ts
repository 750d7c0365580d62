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

test("traffic per second is the growth of HAProxy's counter between two polls, and of several servers their sum", () => {
  const rates = new TrafficRates();
  const [{ key: a }, { key: b }] = [counted("a", 0, 0), counted("b", 0, 0)];
  rates.record(counted("a", 0, 100));
  expect(rates.rateOf([a])).toBeNull();
  rates.record(counted("a", 1, 104));
  expect(rates.rateOf([a])).toBeNull();
  rates.record(counted("a", 4, 120));
  expect(rates.rateOf([a, b])).toBe(5);
  rates.record(counted("b", 0, 0));
  rates.record(counted("b", 2, 0));
  expect(rates.rateOf([a, b])).toBe(5);
  // A restart of HAProxy is no traffic.
  rates.record(counted("a", 8, 3));
  expect(rates.rateOf([a])).toBeNull();
  rates.record(counted("b", 4, null));
  rates.retain(new Set([b]));
  expect(rates.rateOf([a, b])).toBeNull();
});

test("a little traffic is never none", () => {
  expect([0, 0.001, 0.44, 9.96, 1_204].map(formatRate)).toEqual(["0", "0.1", "0.4", "10", "1,204"]);
});
