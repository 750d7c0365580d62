import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Phase, Verdict } from "../../server/contract/verdict.ts";
import { readLines } from "../../server/recording/read-lines.ts";
import { listSegments } from "../../server/recording/recording-folder.ts";
import type { SaidVerdict } from "../../server/recording/recording-lines.ts";
import type { ReplayedRecording } from "../../server/recording/replay-recording.ts";
import { replayFiles } from "../recording/replay-files.ts";
import { VERSION } from "../../server/version.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { StreamClient } from "../support/stream-client.ts";
import { COMMON_CHECKS, startTestBed, type TestBed } from "../support/test-bed.ts";

const SECRET = "hunter2-and-more";

describe.each(haproxyBinaries())(
  "$name: a server breaks, heals, is drained, reloaded and breaks while haprobe is killed",
  ({ binary }) => {
    let lab: TestBed;
    let dataDir: string;
    let recording: ReplayedRecording;

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "haprobe-data-"));
      lab = await startTestBed({
        binary,
        withoutMaster: true,
        checks: { plainbare: COMMON_CHECKS.plainbare },
        servers: ["one", "two", "three"].map((name) => ({ name, mode: "healthy", plain: true })),
      });
      const rules = `
  - match: {backend: "plain*"}
    http: {path: "/healthz?token=${SECRET}", headers: {x-api-key: ${SECRET}}, expect: {status: 200, body: ok}}
    every: 200ms
    timeout: 1s
`;
      const config = await lab.writeConfigFile(["admin"], { every: "200ms", rules, onlyRules: true });
      const args = ["--config", config, "--data-dir", dataDir];
      const one = lab.server("one");
      {
        const haprobe = await startHaprobe(args);
        await using client = new StreamClient(haprobe.url);
        await waitForOne(client, "agree-up");
        await one.setMode("etcd");
        await waitForOne(client, "confirmed");
        await one.setMode("healthy");
        await waitForOne(client, "agree-up");
        await lab.haproxy.command("set server plainbare/one state drain");
        await waitForOne(client, "out-of-service");
        await lab.haproxy.reload();
        await waitForOne(client, "agree-up");
        await one.setMode("closed");
        await waitForOne(client, "agree-down");
        await one.setMode("healthy");
        await waitForOne(client, "agree-up");
        await one.setMode("etcd");
        await waitForOne(client, "confirmed");
        await vi.waitUntil(async () => (await recordedText(dataDir)).split('"confirmed"').length > 2, 10_000);
        await haprobe.stop("SIGKILL");
      }
      {
        const haprobe = await startHaprobe(args);
        await using client = new StreamClient(haprobe.url);
        await waitForOne(client, "confirmed");
        await one.setMode("healthy");
        await waitForOne(client, "agree-up");
        await haprobe.stop();
      }
      recording = await replayFiles(await listSegments(join(dataDir, "recording")), VERSION);
    });

    afterAll(async () => {
      await lab[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true });
    });

    test("is recorded up to the last second before a kill -9, and after it", () => {
      const said = recording.live.filter((word): word is SaidVerdict => word.kind === "verdict");
      const ofOne = said.filter(({ key }) => key === "admin/plainbare/one");
      const words = ofOne.map(({ verdict, phase }) => (phase === null ? verdict : `${verdict} ${phase}`));
      expect(words).toEqual(expect.arrayContaining(["agree-up", "false-up confirmed", "out-of-service", "agree-down"]));
      expect(words.filter((word) => word === "false-up confirmed")).toHaveLength(3);
      expect(words.at(-1)).toBe("agree-up");
    });

    test("replayed says exactly what was said live", () => {
      expect(recording.faults).toEqual([]);
      expect(recording.live.some(({ kind }) => kind === "incident")).toBe(true);
      expect(recording.replayed).toEqual(recording.live);
    });

    test("is recorded without the secrets of its rule", async () => {
      const text = await recordedText(dataDir);
      expect(text).toContain("/healthz?token=<redacted>");
      expect(recording.rules).toContain("x-api-key: <redacted>");
      expect(text).not.toContain(SECRET);
    });
  },
);

async function waitForOne(client: StreamClient, text: Phase | Verdict): Promise<void> {
  await client.waitUntil(({ servers }) => {
    const one = servers.get("admin/plainbare/one");
    return one?.verdict === text || one?.phase === text;
  });
}

/** The lines of the first segment. */
async function recordedText(dataDir: string): Promise<string> {
  const [path = ""] = await listSegments(join(dataDir, "recording"));
  const lines: string[] = [];
  for await (const batch of readLines(path)) lines.push(...batch);
  return lines.join("\n");
}
