import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PROBE_CASES, type ProbeCase, JudgeHarness } from "../support/judge-harness.ts";

/** A step of a history: HAProxy's word or ours, some time after the step before. */
type Step =
  | { readonly kind: "view"; readonly afterMs: number; readonly status: string; readonly check: string }
  | { readonly kind: "probe"; readonly afterMs: number; readonly answer: ProbeCase };

const after = fc.integer({ min: 10, max: 3_000 });
const statusColumns = fc.constantFrom(
  ["UP", "L4OK"],
  ["UP", "L6OK"],
  ["UP", "L7OK/200"],
  ["UP 2/3", "L7STS/500"],
  ["UP 1/3", "INI"],
  ["DOWN", "L4CON"],
  ["DOWN", "L7STS/401"],
  ["DOWN 1/2", "L7OK/200"],
  ["no check", ""],
  ["MAINT", ""],
  ["DRAIN", "L4OK"],
);
const view = fc.record({ kind: fc.constant("view" as const), afterMs: after, word: statusColumns });
const answers = Object.keys(PROBE_CASES) as ProbeCase[];
const probeOf = (of: readonly ProbeCase[]) =>
  fc.record({ kind: fc.constant("probe" as const), afterMs: after, answer: fc.constantFrom(...of) });

function history(of: readonly ProbeCase[]): fc.Arbitrary<Step[]> {
  const step = fc.oneof(
    view.map(({ word: [status = "", check = ""], ...rest }) => ({ ...rest, status, check })),
    probeOf(of),
  );
  return fc.array(step, { minLength: 1, maxLength: 60 });
}

function judgeSteps(steps: readonly Step[], harness = new JudgeHarness()): string[] {
  let s = 0;
  harness.view(0, "UP", "L4OK");
  return steps.map((step) => {
    s += step.afterMs / 1_000;
    return step.kind === "view" ? harness.view(s, step.status, step.check) : harness.probe(s, step.answer, 0.001);
  });
}

const RUN_OPTIONS = { seed: 20_261_122, numRuns: 500 };

describe("whatever happens", () => {
  test("the same history gives the same verdicts", () => {
    fc.assert(
      fc.property(history(answers), (steps) => {
        expect(judgeSteps(steps)).toEqual(judgeSteps(steps));
      }),
      RUN_OPTIONS,
    );
  });

  test("a probe that was denied, untrusted, unresolved, not understood or is pending never makes a mismatch", () => {
    const silent: ProbeCase[] = ["401", "403", "untrusted", "dns", "cannot-speak"];
    fc.assert(
      fc.property(history(silent), (steps) => {
        for (const says of judgeSteps(steps)) expect(says).toMatch(/^(unknown|out-of-service)/);
      }),
      RUN_OPTIONS,
    );
  });

  test("a server out of service is never a mismatch", () => {
    fc.assert(
      fc.property(history(answers), fc.constantFrom("MAINT", "DRAIN", "NOLB"), (steps, status) => {
        const harness = new JudgeHarness();
        judgeSteps(steps, harness);
        expect(harness.view(10_000, status, "L4OK")).toMatch(/^out-of-service/);
        expect(harness.probe(10_001, "etcd")).toMatch(/^out-of-service/);
      }),
      RUN_OPTIONS,
    );
  });

  test("while HAProxy counts down in time nothing is confirmed", () => {
    const failing: ProbeCase[] = ["etcd", "503", "hang", "slam", "refused", "wrong body"];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...failing), { minLength: 5, maxLength: 25 }),
        fc.integer({ min: 1, max: 9 }),
        (row, secondsPerCheck) => {
          const harness = new JudgeHarness();
          harness.view(0, "UP", "L7OK/200");
          harness.probe(0.1, "ok");
          const said = row.map((answer, s) => {
            const failed = Math.floor(s / secondsPerCheck);
            if (failed >= 3) harness.view(s + 1, "DOWN", "L7STS/500");
            else
              harness.view(s + 1, failed === 0 ? "UP" : `UP ${3 - failed}/3`, failed === 0 ? "L7OK/200" : "L7STS/500");
            return harness.probe(s + 1.5, answer);
          });
          expect(said.filter((says) => says.includes("confirmed"))).toEqual([]);
        },
      ),
      RUN_OPTIONS,
    );
  });

  test("an answer that no check looks at is confirmed by the second probe after HAProxy's word", () => {
    const lies: ProbeCase[] = ["etcd", "503", "wrong body", "hang"];
    fc.assert(
      fc.property(history(["ok"]), fc.constantFrom(...lies), fc.constantFrom("L4OK", "L6OK"), (steps, lie, check) => {
        const harness = new JudgeHarness();
        judgeSteps(steps, harness);
        harness.view(10_000, "UP", check);
        harness.probe(10_000.5, "ok");
        harness.probe(10_001, lie);
        harness.view(10_001.1, "UP", check);
        expect(harness.probeThenView(10_001.2, lie)).toMatch(/^false-up confirmed/);
      }),
      RUN_OPTIONS,
    );
  });

  test("every mismatch is left again when both agree", () => {
    fc.assert(
      fc.property(history(answers), (steps) => {
        const harness = new JudgeHarness();
        judgeSteps(steps, harness);
        harness.view(10_000, "UP", "L7OK/200");
        expect(harness.probe(10_001, "ok")).toBe("agree-up");
      }),
      RUN_OPTIONS,
    );
  });
});
