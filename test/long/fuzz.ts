import { randomInt } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SeededRandom } from "../support/simulator/seeded-random.ts";
import { FUZZ_TARGETS, type FuzzTarget } from "./fuzz-targets.ts";

// usage: fuzz.ts [--minutes 10] [--seed N] [--target NAME [--time FILE]]
// Feeds mutated inputs to every reader of untrusted input. An input that reaches code which none before it has reached,
// or has it run far more often, is kept and mutated further. Exits with 1 at the first crash, and at an input that takes
// longer than the limit; the input is written to a file. The last line is the result as JSON. With --time it prints the
// milliseconds that one reader takes for a file.

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    target: { type: "string" },
    time: { type: "string" },
  },
});
const seed = Number(values.seed ?? process.env["HAPROBE_SEED"] ?? randomInt(2 ** 31));
const INPUT_MAX = 64 * 1_024;
/** Kept inputs of one reader. */
const CORPUS_MAX = 2_000;
const BYTES = "\n,\" #:-/*\r\t09aU\0\x7f\x80\xff{}[]'&\\".split("");

if (values.time !== undefined) {
  const [only] = FUZZ_TARGETS.filter(({ name }) => name === values.target);
  const input = readFileSync(values.time, "latin1");
  let best = Infinity;
  // Together, since the system counts in steps of milliseconds.
  const tenTimes = (): void => {
    for (let run = 0; run < 10; run += 1) only?.run(input);
  };
  for (let block = 0; block < 5; block += 1) best = Math.min(best, cpuOf(tenTimes) / 10);
  console.log(best);
  process.exit(0);
}
console.log(`seed ${seed}`);
const seeded = new SeededRandom(seed);
const pick = <T>(items: readonly T[]): T => items[Math.floor(seeded.next() * items.length)] as T;

/** The blocks that ran since the last call, each with the order of magnitude of its count; those of the server only. */
class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  get size(): number {
    return this.#seen.size;
  }

  /** True where something is new. */
  take(): boolean {
    const before = this.#seen.size;
    this.#session.post("Profiler.takePreciseCoverage", (error, coverage) => {
      if (error !== null) throw error;
      for (const { url, scriptId, functions } of coverage.result) {
        if (!url.includes("/server/")) continue;
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            if (count > 0) this.#seen.add(`${scriptId}:${startOffset}:${endOffset}:${32 - Math.clz32(count)}`);
          }
        }
      }
    });
    return this.#seen.size > before;
  }
}

function mutate(text: string, { words }: FuzzTarget, corpus: readonly string[]): string {
  const at = Math.floor(seeded.next() * text.length);
  const size = Math.floor(seeded.next() ** 4 * 400);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (Math.floor(seeded.next() * 9)) {
    case 0:
      return before + pick(BYTES) + after.slice(1);
    case 1:
      return before + pick(words) + after;
    case 2:
      return before + pick(words) + after.slice(size);
    case 3:
      return before + after.slice(size);
    case 4:
      return before + after.slice(0, size) + after;
    case 5:
      return before + pick([pick(BYTES), pick(words), after.slice(0, 1 + (size % 20))]).repeat(1 + size * 40) + after;
    case 6: {
      const other = pick(corpus);
      return before + other.slice(Math.floor(seeded.next() * other.length));
    }
    case 7:
      return before + after.slice(0, size).repeat(2 + Math.floor(seeded.next() * 200)) + after;
    default:
      return text.replace(/\d+/, () => pick(["0", "-1", "99999999999999999999", "1e9"]));
  }
}

/** CPU milliseconds of this thread, which other processes do not lengthen. */
function cpuOf(act: () => void): number {
  const before = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

function writeInput(input: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "haprobe-fuzz-")), "input");
  writeFileSync(file, input, "latin1");
  return file;
}

function fail(target: FuzzTarget, input: string, what: string): never {
  const file = writeInput(input);
  console.error(`${target.name}: ${what}; seed ${seed}; the input is in ${file}`);
  process.exit(1);
}

const chosen = FUZZ_TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
const coverage = new Coverage();
const corpora = new Map(chosen.map((target) => [target, target.seeds.map((text) => text.slice(0, INPUT_MAX))]));
const inputs = new Map(chosen.map(({ name }) => [name, 0]));
const slowest = new Map(chosen.map(({ name }) => [name, 0]));
/** Slowest input whose time without coverage is known to be within the limit. */
const slowestCounted = new Map<string, number>();

/** Counting blocks makes code slower: the time that decides is that of a process without it. */
function timeWithoutCoverage(target: FuzzTarget, input: string): number {
  const file = writeInput(input);
  const args = [...process.execArgv, import.meta.filename, "--time", file, "--target", target.name];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

function tryInput(target: FuzzTarget, input: string): void {
  const run = (): void => {
    try {
      target.run(input);
    } catch (error) {
      fail(target, input, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  };
  const { limitMs } = target;
  let ms = cpuOf(run);
  // The compiler and the garbage collector may have taken a part of it.
  for (let again = 0; ms > limitMs && again < 3; again += 1) ms = Math.min(ms, cpuOf(run));
  const confirmed = slowestCounted.get(target.name) ?? limitMs;
  if (ms > confirmed * 1.1) {
    slowestCounted.set(target.name, ms);
    ms = timeWithoutCoverage(target, input);
    if (ms > limitMs) fail(target, input, `${ms.toFixed(0)} ms for ${input.length} bytes`);
  }
  if (ms > limitMs) ms = limitMs;
  inputs.set(target.name, (inputs.get(target.name) ?? 0) + 1);
  slowest.set(target.name, Math.max(slowest.get(target.name) ?? 0, ms));
}

for (const [target, corpus] of corpora) {
  for (const input of corpus) tryInput(target, input);
  coverage.take();
}
const endsAt = Date.now() + Number(values.minutes) * 60_000;
for (let turn = 0; Date.now() < endsAt; turn += 1) {
  const target = chosen[turn % chosen.length];
  const corpus = target === undefined ? undefined : corpora.get(target);
  if (target === undefined || corpus === undefined) continue;
  for (let count = 0; count < 50; count += 1) {
    let input = pick(corpus);
    for (let mutations = 1 + Math.floor(seeded.next() * 4); mutations > 0; mutations -= 1) {
      input = mutate(input, target, corpus).slice(0, INPUT_MAX);
    }
    tryInput(target, input);
    if (!coverage.take()) continue;
    if (corpus.length < CORPUS_MAX) corpus.push(input);
    else corpus[Math.floor(seeded.next() * corpus.length)] = input;
  }
}

const total = [...inputs.values()].reduce((sum, count) => sum + count, 0);
console.log(
  JSON.stringify({
    seed,
    minutes: Number(values.minutes),
    inputs: total,
    blocks: coverage.size,
    readers: chosen.map((target) => ({
      name: target.name,
      inputs: inputs.get(target.name),
      kept: corpora.get(target)?.length,
      slowestMs: Math.round(slowest.get(target.name) ?? 0),
    })),
  }),
);
