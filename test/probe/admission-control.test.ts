import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { AdmissionControl } from "../../server/probe/admission-control.ts";

test("addresses that timed out get at most their part of the probes in flight, though none waits; others get the rest", () => {
  const control = new AdmissionControl<string>();
  const register = (n: number) => control.register("default", `10.0.${n >> 8}.${n & 255}`);
  const hung = Array.from({ length: BOUNDS.probesInFlightHung + 1 }, (_, n) => register(n));
  for (const queue of hung) {
    expect(control.tryAcquire(queue, 0)).toBe(true);
    control.release(queue, 0, true);
  }
  expect(hung.filter((queue) => control.tryAcquire(queue, 1_000))).toHaveLength(BOUNDS.probesInFlightHung);
  const well = Array.from({ length: BOUNDS.probesInFlight }, (_, n) => register(1_000 + n));
  expect(well.filter((queue) => control.tryAcquire(queue, 1_000))).toHaveLength(
    BOUNDS.probesInFlight - BOUNDS.probesInFlightHung,
  );
});
