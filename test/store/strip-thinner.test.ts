import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StripThinner } from "../../server/store/strip-thinner.ts";

const [FROM, TO] = [1_000, 2_000];

interface Change {
  readonly at: number;
  readonly severity: number;
}

function thin(changes: readonly Change[], atMost: number): readonly Change[] {
  const thinner = new StripThinner<Change>(FROM, TO, atMost);
  for (const change of changes) thinner.add(change);
  return thinner.finish();
}

/** Severities that held at some moment of `from` to `to`. */
function severitiesWithin(changes: readonly Change[], from: number, to: number): number[] {
  return changes
    .filter(({ at }, index) => at < to && (changes[index + 1]?.at ?? Number.POSITIVE_INFINITY) > from)
    .map(({ severity }) => severity);
}

const history = fc
  .array(fc.record({ at: fc.integer({ min: FROM - 1, max: TO - 1 }), severity: fc.integer({ min: 1, max: 5 }) }), {
    minLength: 1,
    maxLength: 200,
  })
  .map((changes) => changes.toSorted((a, b) => a.at - b.at));
const places = fc.integer({ min: 2, max: 50 });

describe("a thinned strip", () => {
  test("is the whole history where there is place for it", () => {
    fc.assert(
      fc.property(history, (changes) => {
        expect(thin(changes, changes.length + 1)).toEqual(changes);
      }),
    );
  });

  test("has at most as many entries as there are places, in the order of time", () => {
    fc.assert(
      fc.property(history, places, (changes, atMost) => {
        const thinned = thin(changes, atMost);
        expect(thinned.length).toBeLessThanOrEqual(atMost);
        expect(thinned).toEqual(thinned.toSorted((a, b) => a.at - b.at));
      }),
    );
  });

  test("shows in each part of the time the worst that held within it", () => {
    fc.assert(
      fc.property(history, places, (changes, atMost) => {
        const thinned = thin(changes, atMost);
        const partMs = (TO - FROM) / (atMost - 1);
        for (let from = FROM; from < TO - 1; from += partMs) {
          const held = severitiesWithin(changes, from, Math.min(TO, from + partMs));
          if (held.length === 0) continue;
          // An entry begins at a whole millisecond, so that a part may show the worst a moment late.
          const shown = severitiesWithin(thinned, from, Math.min(TO, from + partMs) + 1);
          expect(Math.max(...shown)).toBeGreaterThanOrEqual(Math.max(...held));
        }
      }),
    );
  });

  test("ends with what holds at the end, unless something worse held in the last part", () => {
    const changes = [1, 5, 1, 5, 1].map((severity, index) => ({ at: FROM + index * 10, severity }));
    expect(thin(changes, 3).map(({ severity }) => severity)).toEqual([5, 1]);
  });
});
