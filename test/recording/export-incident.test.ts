import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { compareSaid, incidentSpells, type IncidentSpell } from "../../server/recording/compare-said.ts";
import { exportIncident, openingOfId } from "../../server/recording/export-incident.ts";
import { readLines } from "../../server/recording/read-lines.ts";
import { listSegments } from "../../server/recording/recording-folder.ts";
import { selectSegments } from "../../server/recording/select-segments.ts";
import { FIRST_SEED } from "../simulated/seeds.ts";
import { createMachines, createSimulation } from "../support/simulator/history.ts";
import type { Scenario, Simulation } from "../support/simulator/simulation.ts";
import { createTestRecorder, replayFiles } from "./replay-files.ts";

const MINUTE = 60_000;

/** Its etcd is dead after 21 minutes. */
function* sickFor40Seconds({ machines }: Simulation): Scenario {
  const machine = machines.get("s0-none-1");
  yield 21 * MINUTE;
  machine?.setCondition("etcd");
  yield 40_000;
  machine?.setCondition("ok");
}

let folder = "";
let recording = "";
/** The only one. */
let incident: IncidentSpell;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-export-"));
  recording = join(folder, "recording");
  const recorder = createTestRecorder(recording);
  const simulation = createSimulation({
    seed: FIRST_SEED,
    about: "mismatches",
    disturbances: [],
    minutes: 0,
    settings: { machines: createMachines(FIRST_SEED, 0, ["none", "L4"], 2), recorder },
  });
  simulation.startScenario(sickFor40Seconds(simulation));
  await simulation.run(26 * MINUTE);
  await recorder.close();
  const { live } = await replayFiles(await listSegments(recording));
  const [found] = incidentSpells(live);
  if (found === undefined) throw new Error("no incident");
  incident = found;
});

afterAll(() => rm(folder, { recursive: true }));

async function exported(name: string, mapsAddresses = false): Promise<string> {
  const output = join(folder, name);
  const { openedAt, id } = incident;
  const until = openedAt + BOUNDS.exportMaxMs;
  const paths = await selectSegments(recording, { from: openedAt, to: until });
  await exportIncident({ paths, id, until, output, mapsAddresses, signal: new AbortController().signal });
  return output;
}

async function textOf(path: string): Promise<string> {
  const lines: string[] = [];
  for await (const batch of readLines(path)) lines.push(...batch);
  return lines.join("\n");
}

describe("an exported incident", () => {
  test("is found by the time in its id", () => {
    expect(Math.abs((openingOfId(incident.id) ?? 0) - incident.openedAt)).toBeLessThanOrEqual(1);
    expect(openingOfId("x")).toBeNull();
  });

  test("replayed is confirmed, reasoned and ended as it was live", async () => {
    const { live, replayed, faults } = await replayFiles([await exported("a.haprobe")]);
    const of = (said: typeof live): unknown[] =>
      incidentSpells(said).filter(
        ({ subject, openedAt }) => subject === incident.subject && openedAt === incident.openedAt,
      );
    expect(faults).toEqual([]);
    expect(of(live)).toEqual([incident]);
    expect(of(replayed)).toMatchObject([{ ...incident, id: expect.any(String) }]);
  });

  test("covers ten minutes before it, and a minute after it", async () => {
    const { span } = await replayFiles([await exported("b.haprobe")]);
    expect(incident.openedAt - (span?.from ?? 0)).toBeGreaterThanOrEqual(BOUNDS.replayBeforeMs);
    expect((span?.to ?? 0) - (incident.endedAt ?? 0)).toBeGreaterThan(BOUNDS.exportAfterMs - 1_000);
    expect((span?.to ?? 0) - (incident.endedAt ?? 0)).toBeLessThanOrEqual(BOUNDS.exportAfterMs);
  });

  test("with mapped addresses holds none of its own, and says the same of them", async () => {
    const path = await exported("mapped.haprobe", true);
    const text = await textOf(path);
    const { live, replayed, faults } = await replayFiles([path]);
    const { changed, missing, added, same } = compareSaid(live, replayed);
    expect(await textOf(await exported("c.haprobe"))).toContain("10.0.0.1");
    expect(text).not.toContain("10.0.0.");
    expect(faults).toEqual([]);
    expect([changed, missing, added]).toEqual([[], [], []]);
    expect(same.length).toBeGreaterThan(0);
  });

  test("holds no more than 200 characters of a body", async () => {
    const text = await textOf(await exported("d.haprobe"));
    const bodies = [...text.matchAll(/"body":"((?:[^"\\]|\\.)*)"/g)].map(
      ([, body = ""]) => JSON.parse(`"${body}"`) as string,
    );
    expect(bodies.length).toBeGreaterThan(0);
    expect(Math.max(...bodies.map((body) => body.length))).toBe(200);
  });

  test("is not written over a file that exists", async () => {
    await exported("e.haprobe");
    await expect(exported("e.haprobe")).rejects.toMatchObject({ code: "HAPROBE_RECORDING_UNWRITABLE" });
  });

  test("that the recording does not know is refused, and no file is left", async () => {
    const output = join(folder, "f.haprobe");
    const id = incident.id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    const paths = await listSegments(recording);
    const signal = new AbortController().signal;
    const until = Number.POSITIVE_INFINITY;
    await expect(exportIncident({ paths, id, until, output, mapsAddresses: false, signal })).rejects.toMatchObject({
      code: "HAPROBE_INCIDENT_NOT_RECORDED",
    });
    await expect(textOf(output)).rejects.toMatchObject({ code: "HAPROBE_RECORDING_UNREADABLE" });
  });
});
