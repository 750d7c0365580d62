import { expect, test } from "vitest";
import { fuzzResponses } from "../haproxy/response-fuzzer.ts";
import { seedsFor } from "../simulated/seeds.ts";

test.each(seedsFor(10))(
  "5,000 mutated responses of seed %d give error codes or clamped values, with bounded work",
  (seed) => {
    expect(fuzzResponses(seed, 5_000)).toBeGreaterThan(20);
  },
);
