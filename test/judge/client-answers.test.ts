import { describe, expect, test } from "vitest";
import type { ServerView } from "../../server/contract/view.ts";
import { NO_CONTEXT } from "../../server/judge/judge-context.ts";
import { classifyAnswers, countAnswers } from "../../server/judge/client-answers.ts";
import { JudgeHarness, type ProbeCase } from "../support/judge-harness.ts";

const CONFIRMED = "false-up confirmed probe-answered-unhealthy";
const SERVED = "unknown clients-served";

/** A server in mode http with clients, polled and probed each second. */
class ClientHarness extends JudgeHarness {
  readonly #check: string;
  #good = 0;
  #failed = 0;
  #seconds = 0;

  constructor(target: { readonly guessed: boolean }, check = "L4OK") {
    super({}, target);
    this.#check = check;
    this.poll({});
  }

  poll({ mode = "http" }: { readonly mode?: string }): string {
    const counters =
      mode === "http" ? { responses2xx: this.#good, responses5xx: this.#failed } : { responses2xx: null };
    const more: Partial<ServerView> = { mode, ...counters };
    return this.view(this.#seconds + 0.9, "UP", this.#check, more);
  }

  /** For some seconds our probe gets this answer and clients these responses; the verdicts, each once. */
  pass(seconds: number, answer: ProbeCase, good: number, failed = 0, mode = "http"): readonly string[] {
    const said: string[] = [];
    for (let second = 0; second < seconds; second += 1) {
      this.#seconds += 1;
      this.probe(this.#seconds + 0.1, answer);
      this.#good += good;
      this.#failed += failed;
      const verdict = this.poll({ mode });
      if (said.at(-1) !== verdict) said.push(verdict);
    }
    return said;
  }

  get clients(): "served" | "failing" | null {
    return classifyAnswers(this.memory?.answers ?? null, this.#seconds * 1_000 + 900);
  }

  get counts(): object | null {
    const answers = this.memory?.answers ?? null;
    return answers === null ? null : countAnswers(answers);
  }
}

describe("a guess that fails while HAProxy's clients get 2xx", () => {
  test("is never confirmed", () => {
    const harness = new ClientHarness({ guessed: true });
    expect(harness.pass(20, "etcd", 5)).toEqual(["false-up suspected probe-answered-unhealthy", SERVED]);
  });

  test("even where it once answered well", () => {
    const harness = new ClientHarness({ guessed: true });
    harness.pass(2, "ok", 5);
    expect(harness.pass(20, "etcd", 5)).toEqual(["false-up suspected probe-answered-unhealthy", SERVED]);
  });

  test("is withdrawn where they come later", () => {
    const harness = new ClientHarness({ guessed: true });
    harness.pass(10, "etcd", 0);
    expect(harness.verdictText).toBe(CONFIRMED);
    expect(harness.pass(9, "etcd", 5).at(-1)).toBe(SERVED);
  });

  test("is confirmed at once where they get errors, and once they do", () => {
    const failing = new ClientHarness({ guessed: true });
    expect(failing.pass(3, "etcd", 0, 5).at(-1)).toBe(CONFIRMED);
    const later = new ClientHarness({ guessed: true });
    later.pass(10, "etcd", 5);
    expect(later.verdictText).toBe(SERVED);
    expect(later.pass(9, "etcd", 0, 5).at(-1)).toBe(CONFIRMED);
  });

  test("is confirmed without clients, and a minute after the last of them", () => {
    const without = new ClientHarness({ guessed: true });
    expect(without.pass(3, "etcd", 0).at(-1)).toBe(CONFIRMED);
    const silent = new ClientHarness({ guessed: true });
    silent.pass(10, "etcd", 5);
    expect(silent.pass(50, "etcd", 0)).toEqual([SERVED]);
    expect(silent.pass(20, "etcd", 0).at(-1)).toBe(CONFIRMED);
  });

  test("is the same with an error now and then, as many applications have them", () => {
    const harness = new ClientHarness({ guessed: true });
    expect(harness.pass(30, "etcd", 20, 1).at(-1)).toBe(SERVED);
  });

  test("is confirmed in mode tcp, which has no such counters", () => {
    const harness = new ClientHarness({ guessed: true });
    expect(harness.pass(20, "etcd", 5, 0, "tcp").at(-1)).toBe(CONFIRMED);
  });

  test("is the same behind a check of HAProxy that passes", () => {
    const harness = new ClientHarness({ guessed: true }, "L7OK/200");
    expect(harness.pass(200, "etcd", 5)).toEqual(["false-up settling probe-answered-unhealthy", SERVED]);
  });
});

describe("a rule", () => {
  test("is taken at its word where the server says that it is unhealthy", () => {
    const harness = new ClientHarness({ guessed: false });
    expect(harness.pass(20, "etcd", 5).at(-1)).toBe(CONFIRMED);
    expect(harness.clients).toBe("served");
  });

  test.each(["hang", "answer reset", "wrong body"] as const)("and where it finds %s", (answer) => {
    const harness = new ClientHarness({ guessed: false });
    expect(harness.pass(20, answer, 5).at(-1)).toMatch(/^false-up confirmed/);
  });

  test("that gets a status it does not expect may be wrong itself", () => {
    const harness = new ClientHarness({ guessed: false });
    expect(harness.pass(20, "404", 5)).toEqual(["false-up suspected probe-unexpected-status", SERVED]);
    const deep = new ClientHarness({ guessed: false }, "L7OK/200");
    expect(deep.pass(200, "404", 5)).toEqual(["false-up settling probe-unexpected-status", SERVED]);
  });
});

describe("what clients got", () => {
  test("counts from the probe that failed on, not from before", () => {
    const harness = new ClientHarness({ guessed: true });
    harness.pass(30, "ok", 7);
    harness.pass(2, "etcd", 0);
    expect(harness.counts).toEqual({ good: 0, failed: 0 });
    harness.pass(2, "etcd", 5, 1);
    expect(harness.counts).toEqual({ good: 10, failed: 2 });
  });

  test("counts anew after a reload of HAProxy, whose counters begin at zero", () => {
    const harness = new ClientHarness({ guessed: true });
    harness.pass(10, "etcd", 5);
    harness.context = { ...NO_CONTEXT, epoch: "next" };
    harness.pass(2, "etcd", 5);
    expect(harness.counts).toMatchObject({ failed: 0 });
    expect(harness.pass(20, "etcd", 5).at(-1)).toBe(SERVED);
  });

  test("is forgotten once the probe passes, or fails before the answer", () => {
    const harness = new ClientHarness({ guessed: true });
    harness.pass(10, "etcd", 5);
    harness.pass(1, "refused", 0);
    expect(harness.counts).toBeNull();
    harness.pass(3, "etcd", 5);
    harness.pass(1, "ok", 5);
    expect(harness.counts).toBeNull();
  });
});
