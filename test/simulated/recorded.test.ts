import { describe, expect, test } from "vitest";
import type { CheckStatus } from "../../server/contract/view.ts";
import { readHistory } from "../support/recorded-history.ts";
import { SimulatedCheck, type CheckSettings } from "../support/simulator/simulated-check.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";
import { type Condition, SimulatedMachine } from "../support/simulator/simulated-machine.ts";
import { VirtualTime } from "../support/simulator/virtual-time.ts";

/** Intervals of the recorded profiles; rise and fall stand in the rows. */
const PROFILES: Readonly<Record<string, Pick<CheckSettings, "interMs" | "fastinterMs" | "downinterMs">>> = {
  A: { interMs: 2_000 },
  B: { interMs: 500 },
  C: { interMs: 10_000 },
  D: { interMs: 10_000, downinterMs: 5_000 },
  E: { interMs: 2_000, fastinterMs: 300, downinterMs: 1_000 },
  G: { interMs: 20_000 },
};
const TIMEOUT_CHECK_MS = 2_000;

/** The recorded states in the simulator's words; what depends on chance (`slow`, `tenth`) has none. */
const CONDITIONS: Readonly<Record<string, Condition>> = {
  ok: "ok",
  closed: "closed",
  s403: "denied",
  start: "starting",
  drain: "draining",
  s500: "etcd",
  s503: "503",
  hang: "hang",
  mute: "mute",
};

/** HAProxy's own word at one poll. */
interface HealthSample {
  readonly at: number;
  readonly health: number;
  readonly status: string;
}

/** One server of a recorded history, with HAProxy's word about it at each poll. */
interface RecordedServer {
  readonly key: string;
  readonly settings: CheckSettings;
  readonly tls: boolean;
  readonly states: readonly { readonly at: number; readonly condition: Condition }[];
  readonly samples: readonly HealthSample[];
}

/** Every server whose check is simulated, without those whose behaviour is up to chance. */
async function recordedServers(name: string): Promise<RecordedServer[]> {
  const history = await readHistory(name);
  const samples = new Map<string, (HealthSample & { rise: number; fall: number })[]>();
  for (const step of history.steps) {
    if (step.kind !== "input" || step.input.kind !== "poll") continue;
    const { sentAt, servers } = step.input.snapshot;
    for (const { backend, server, check } of servers) {
      const { health, rise, fall, status } = check;
      if (health === null || rise === null || fall === null) continue;
      const key = `${backend}/${server}`;
      const sample = { at: sentAt + step.wallOffset, health, rise, fall, status: status ?? "" };
      const known = samples.get(key);
      if (known === undefined) samples.set(key, [sample]);
      else known.push(sample);
    }
  }
  return [...samples].flatMap(([key, row]) => {
    const plan = history.plan.get(key);
    const depth = plan?.depth;
    const states = history.truth.filter((span) => span.key === key);
    const profile = PROFILES[plan?.prof ?? ""];
    const first = row[0];
    const byChance = states.some(({ state }) => CONDITIONS[state] === undefined);
    if (
      first === undefined ||
      plan === undefined ||
      profile === undefined ||
      depth === undefined ||
      depth === "N" ||
      byChance
    )
      return [];
    const { rise, fall } = first;
    return [
      {
        key,
        tls: plan.tls,
        settings: { ...profile, depth, rise, fall, timeoutMs: TIMEOUT_CHECK_MS, connectMs: TIMEOUT_CHECK_MS },
        states: states.map(({ from, state }) => ({ at: from, condition: CONDITIONS[state] as Condition })),
        samples: row,
      },
    ];
  });
}

/** What the simulated check says at the moment of each sample, if its first check comes `offsetMs` after the first one. */
async function predict({ settings, tls, states, samples }: RecordedServer, offsetMs: number): Promise<HealthSample[]> {
  const start = samples[0] as HealthSample;
  const time = new VirtualTime();
  const machine = new SimulatedMachine({ name: "recorded", host: "", port: 0, tls }, new SeededRandom(1), () => {});
  const check = new SimulatedCheck(
    settings,
    (ms, run) => time.at(time.now() + ms, run),
    () => machine.connect(null),
    { health: start.health, status: start.status as CheckStatus, code: null },
  );
  for (const { at, condition } of states) time.at(at - start.at, () => machine.setCondition(condition));
  check.schedule(offsetMs);
  const said: HealthSample[] = [];
  for (const { at } of samples) {
    time.at(at - start.at, () => said.push({ at, health: check.health, status: check.status }));
  }
  await time.runUntil((samples.at(-1)?.at ?? 0) - start.at + 1);
  return said;
}

/** Part of the samples in which both say the same: at the same poll, and at some poll within one interval. */
function measureAgreement(
  recorded: readonly HealthSample[],
  predicted: readonly HealthSample[],
  toleranceMs: number,
): { exact: number; near: number } {
  const same = (a: HealthSample, b: HealthSample | undefined): boolean =>
    a.health === b?.health && a.status === b.status;
  const near = recorded.filter((sample) =>
    predicted.some((other) => Math.abs(other.at - sample.at) <= toleranceMs && same(sample, other)),
  );
  return {
    exact: recorded.filter((sample, i) => same(sample, predicted[i])).length / recorded.length,
    near: near.length / recorded.length,
  };
}

const OFFSET_STEP_MS = 100;

/** The best agreement over where in its interval HAProxy happened to begin, which no history records. */
async function findBestAgreement(server: RecordedServer): Promise<{ exact: number; near: number }> {
  const { interMs } = server.settings;
  let best = { exact: 0, near: 0 };
  for (let offsetMs = 0; offsetMs < interMs; offsetMs += OFFSET_STEP_MS) {
    const said = await predict(server, offsetMs);
    const found = measureAgreement(server.samples, said, interMs + TIMEOUT_CHECK_MS);
    if (found.near > best.near || (found.near === best.near && found.exact > best.exact)) best = found;
  }
  return best;
}

describe.each([
  ["main26", 40],
  ["E26", 15],
] as const)("the simulated check against HAProxy 2.6 as it was recorded in %s", (name, fewest) => {
  test("says the same status and health within one interval in 98 of 100 polls", async () => {
    const servers = await recordedServers(name);
    expect(servers.length).toBeGreaterThan(fewest);
    const found = await Promise.all(servers.map(async (server) => ({ server, ...(await findBestAgreement(server)) })));
    const mean = (of: "exact" | "near"): number => found.reduce((sum, one) => sum + one[of], 0) / found.length;
    const worst = found.reduce((a, b) => (a.near <= b.near ? a : b));
    if (process.env["HAPROBE_REPORT"]) {
      for (const one of found) console.log(one.server.key, one.exact.toFixed(3), one.near.toFixed(3));
      console.log(name, servers.length, mean("exact").toFixed(4), mean("near").toFixed(4));
    }
    expect(mean("near")).toBeGreaterThan(0.98);
    expect([worst.server.key, worst.near]).toEqual([worst.server.key, expect.toSatisfy((near: number) => near > 0.9)]);
  });
});
