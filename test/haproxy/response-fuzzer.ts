import { expect } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { ServerView, StatsSnapshot } from "../../server/contract/view.ts";
import { HaprobeError } from "../../server/errors.ts";
import { createSnapshotParser, type SnapshotParser } from "../../server/haproxy/snapshot-parser.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";
import { captures } from "./captures.ts";
import { responseFromText } from "./rendered-response.ts";

const CORPUS_MAX = 500;
/** Each character as an escape of six. */
const LONGEST_TEXT = BOUNDS.statTextMaxChars * 6;
/** Bytes that the formats treat specially, and others that they do not expect. */
const BYTES = '\n," #:-/*\r\t09aU\0\x7f\x80\xff'.split("");
const TEXTS = [
  "\n\n",
  '""',
  ",,",
  "* ",
  "999999999999999",
  "-1",
  "UP",
  "MAINT (resolution)",
  "# pxname,",
  "Name: ",
  "1\n# be_id",
];

/**
 * Parses `rounds` mutated responses; checks each result, and that a parser with state agrees with one without. Keeps an
 * input with a new outcome as a base of further mutations. Returns the number of different outcomes.
 */
export function fuzzResponses(seed: number, rounds: number): number {
  const seeded = new SeededRandom(seed);
  const random = (): number => seeded.next();
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const corpus = captures();
  const outcomes = new Set<string>();
  let parser = createSnapshotParser("lb");
  for (let round = 0; round < rounds; round += 1) {
    if (round % 50 === 0) parser = createSnapshotParser("lb");
    let text = pick(corpus);
    for (let count = 1 + Math.floor(random() * 4); count > 0; count -= 1) text = mutate(text);
    const outcome = check(text, parser, `seed ${seed}, round ${round}`);
    if (outcomes.has(outcome) || corpus.length >= CORPUS_MAX) continue;
    outcomes.add(outcome);
    corpus.push(text);
  }
  return outcomes.size;

  function mutate(text: string): string {
    const at = Math.floor(random() * text.length);
    const size = Math.floor(random() ** 4 * 300);
    const [before, after] = [text.slice(0, at), text.slice(at)];
    switch (Math.floor(random() * 7)) {
      case 0:
        return before + pick(BYTES) + after.slice(1);
      case 1:
        return before + pick(TEXTS) + after;
      case 2:
        return before + after.slice(size);
      case 3:
        return before + after.slice(0, size) + after;
      case 4:
        return before + pick(BYTES).repeat(size * 20) + after;
      case 5: {
        const other = pick(corpus);
        return before + other.slice(Math.floor(random() * other.length));
      }
      default:
        return text
          .split("\n")
          .toSorted(() => (random() < 0.02 ? 1 : 0))
          .join("\n");
    }
  }
}

/** Parses one response and checks what it gives; returns its outcome as text. */
function check(text: string, parser: SnapshotParser, name: string): string {
  const stateful = parse(text, parser, name);
  const fresh = parse(text, createSnapshotParser("lb"), name);
  if (typeof fresh === "string" || typeof stateful === "string") {
    expect(stateful, name).toEqual(fresh);
    return typeof fresh === "string" ? fresh : "stateful";
  }
  const keys = new Set(fresh.servers.map(keyOf));
  // A known server without a row is kept where a row is malformed.
  const inTable = stateful.servers.filter((view) => view.status !== "" || keys.has(keyOf(view)));
  expect(inTable.map(withoutHistory), name).toEqual(fresh.servers.map(withoutHistory));
  for (const view of fresh.servers) checkView(view, name);
  expect(() => new Date((fresh.info?.startTimeSeconds ?? 0) * 1_000).toISOString(), name).not.toThrow();
  const words = new Set(
    fresh.servers.flatMap(({ state, address, check: { status } }) => [state, address.kind, status]),
  );
  return [...words, ...(fresh.hints ?? []).map(({ code }) => code)]
    .toSorted((a, b) => String(a).localeCompare(String(b)))
    .join(" ");
}

/** The snapshot, or the error's code; any other error is a failure. */
function parse(text: string, parser: SnapshotParser, name: string): StatsSnapshot | string {
  const steps = parser.parse(responseFromText(text), { backend: null, serversState: true, wallMs: 0 });
  const work = text.length * BOUNDS.parseRowBytes + BOUNDS.statMalformedRowsMax * BOUNDS.statRowMaxBytes;
  try {
    for (let yields = 0; ; yields += 1) {
      expect(yields * BOUNDS.parseStepBytes, name).toBeLessThan(work + 10 * BOUNDS.parseStepBytes);
      const step = steps.next();
      if (step.done === true) return step.value.kind === "parsed" ? step.value.snapshot : step.value.kind;
    }
  } catch (error) {
    if (error instanceof HaprobeError) return error.code;
    throw new Error(name, { cause: error });
  }
}

/** A running check or agent check has the text of the previous poll, and an unchanged view the time of its first one. */
function withoutHistory(view: ServerView): object {
  return { ...view, lastChangeSeconds: 0, agentText: "", check: { ...view.check, code: 0, text: "" } };
}

function keyOf({ backend, server, proxyId }: ServerView): string {
  return JSON.stringify([proxyId, backend, server]);
}

function checkView(view: ServerView, name: string): void {
  for (const [field, value] of Object.entries({ ...view, ...view.check })) {
    if (typeof value === "number") expect(Number.isSafeInteger(value), `${name}: ${field} ${value}`).toBe(true);
    if (typeof value === "string") expect(value.length, `${name}: ${field}`).toBeLessThanOrEqual(LONGEST_TEXT);
  }
  expect(view.server, name).not.toBe("");
  expect(view.backend.length, name).toBeLessThanOrEqual(BOUNDS.statNameMaxChars * 6);
}
