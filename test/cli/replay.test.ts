import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { replay } from "../../server/cli/replay.ts";
import { listSegments } from "../../server/recording/recording-folder.ts";
import { createTestRecorder } from "../recording/replay-files.ts";
import { FIRST_SEED } from "../simulated/seeds.ts";
import { runHaprobe } from "../support/haprobe-cli.ts";
import { createMachines, playHistory } from "../support/simulator/history.ts";

let folder = "";
let recording = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-replay-"));
  recording = join(folder, "recording");
  const recorder = createTestRecorder(recording);
  await playHistory({
    seed: FIRST_SEED,
    about: "mismatches",
    disturbances: [],
    minutes: 8,
    settings: { machines: createMachines(FIRST_SEED, 0, ["none", "L4"], 2), recorder },
  });
  await recorder.close();
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs the command in this process. */
async function run(options: Partial<Parameters<typeof replay>[0]> = {}): Promise<{ code: number; text: string }> {
  let text = "";
  const { signal } = new AbortController();
  const code = await replay({ path: recording, json: false, ...options }, signal, (part) => {
    text += part;
  });
  return { code, text };
}

/** A configuration that asks what the recording was asked, with further keys of the rule. */
async function configWith(keys: string, path = "/readyz"): Promise<string> {
  const file = join(folder, "other.yaml");
  await writeFile(
    file,
    `haproxy: [{name: lb-1, stats: unix:/none}]
probes:
  - http: {scheme: https, path: ${path}, host: kubernetes, server-name: kubernetes}
    ${keys}
`,
  );
  return file;
}

describe("haprobe replay", () => {
  test("prints every verdict and incident, and that they are those said live", async () => {
    const { code, text } = await run();
    expect(code).toBe(0);
    expect(text).toMatch(/^Recorded by haprobe test at here, 2026-11-22T10:00:00\.\d+Z to 2026-11-22T10:1\d:/);
    expect(text).toMatch(/\dZ {2}lb-1\/be-none-0\/s0-none-1 {2}false-up confirmed probe-/);
    expect(text).toMatch(/The replay says what was said live: \d+ verdict changes, \d+ incidents\.\n$/);
  });

  test("prints what is said between two times only", async () => {
    const [from, to] = [Date.parse("2026-11-22T10:06:00Z"), Date.parse("2026-11-22T10:07:00Z")];
    const { code, text } = await run({ from, to });
    const lines = text.split("\n").filter((line) => /^\d{4}-/.test(line));
    expect(code).toBe(0);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !line.startsWith("2026-11-22T10:06:"))).toEqual([]);
  });

  test("with the same rules in another file says the same", async () => {
    const { code, text } = await run({ config: await configWith("fall: 2") });
    expect(text).toMatch(/With .*other\.yaml, \d+ incidents would stay the same, and none would differ\./);
    expect(code).toBe(0);
  });

  test("with another `fall` prints the incidents that would be confirmed later", async () => {
    const { code, text } = await run({ config: await configWith("fall: 6") });
    expect(text).toMatch(
      / {2}would be confirmed at 2026-11-22T10:\S+, not 2026-11-22T10:\S+: false-up 10\.0\.0\.1:6443/,
    );
    expect(code).toBe(1);
  });

  test("with another question names the servers that it has no results of", async () => {
    const { text } = await run({ config: await configWith("fall: 2", "/livez") });
    expect(text).toContain("4 servers would be asked something else, which the recording has no results of");
  });

  test("exports an incident that it printed to a file that replays", async () => {
    const { text } = await run();
    const [, id = ""] = /^ {4}id (\S+)$/m.exec(text) ?? [];
    const output = join(folder, "incident.haprobe");
    expect(await run({ export: id, output, mapAddresses: true })).toMatchObject({
      code: 0,
      text: expect.stringContaining(output),
    });
    const named = join(folder, `incident-${id}.haprobe`);
    expect(await run({ export: named })).toMatchObject({ code: 0, text: expect.stringContaining(named) });
    const again = await run({ path: output });
    expect(again).toMatchObject({ code: 0, text: expect.stringContaining("198.18.0.") });
    expect(again.text).not.toContain("10.0.0.");
  });

  test("exports nothing for an id that is none", async () => {
    expect(await run({ export: "etcd" })).toMatchObject({ code: 3, text: "" });
  });

  test("prints JSON", async () => {
    const { code, text } = await run({ json: true });
    const report = JSON.parse(text) as { verdicts: unknown[]; incidents: unknown[] };
    expect(code).toBe(0);
    expect(report).toMatchObject({ vantage: "here", changed: [], missing: [], added: [], liveOnly: [] });
    expect(report.verdicts.length).toBeGreaterThan(20);
    expect(report.incidents.length).toBeGreaterThan(2);
  });
});

describe("the program", () => {
  test("replays one file of a recording", async () => {
    const [first = ""] = await listSegments(recording);
    const { code, stdout, stderr } = await runHaprobe(["replay", first]);
    expect(stderr).toBe("");
    expect(stdout).toContain("The replay says what was said live");
    expect(code).toBe(0);
  });

  test.each([
    [["replay", "/no/such/file"], "HAPROBE_RECORDING_UNREADABLE"],
    [["replay", import.meta.filename], "HAPROBE_RECORDING_INVALID"],
    [["replay", "--data-dir", "none"], "nothing is recorded without a data directory"],
    [["replay", "x", "--from", "yesterday"], "Write a time such as"],
  ])("%j fails with %s", async (args, message) => {
    const { code, stderr } = await runHaprobe(args);
    expect(stderr).toContain(message);
    expect(code).toBe(3);
  });
});
