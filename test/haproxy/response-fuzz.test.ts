import { expect, test } from "vitest";
import { FIRST_SEED } from "../simulated/seeds.ts";
import { fuzzResponses } from "./response-fuzzer.ts";

test("a mutated response gives an error code or clamped values, with bounded work, as by a parser without state", () => {
  expect(fuzzResponses(FIRST_SEED, 300)).toBeGreaterThan(10);
});
