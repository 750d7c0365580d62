import { spawnSync } from "node:child_process";
import { mkdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type AlertScene, agreed, startAlertScene } from "../support/alert-scene.ts";
import type { HaprobeProcess } from "../support/haprobe-cli.ts";
import { mountMissing, mountTmpfs } from "../support/small-disk.ts";

const MOUNT_MISSING = mountMissing();
const WAIT = { timeout: 30_000, interval: 50 };

// What cannot be stored is tried again after up to half a minute.
describe.skipIf(MOUNT_MISSING !== null)("where the disk is full", () => {
  const LONG = { timeout: 60_000, interval: 100 };

  /** A service on a small disk, with what fills it and what makes room again. */
  async function serveOnSmallDisk({ folder, serve }: AlertScene) {
    const parent = join(folder, "disk");
    await mkdir(parent);
    const mount = mountTmpfs(parent, "size=2m");
    const haprobe = await serve(join(parent, "state"));
    await agreed(haprobe);
    await expect.poll(() => metrics(haprobe), LONG).toMatch(/^haprobe_store_open 1$/m);
    const ballast = join(parent, "ballast");
    return {
      haprobe,
      fill: () => void spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"]),
      makeRoom: () => truncate(ballast, 0),
      async [Symbol.asyncDispose]() {
        await haprobe.stop();
        await mount[Symbol.asyncDispose]();
      },
    };
  }

  async function metrics({ url }: HaprobeProcess): Promise<string> {
    return (await fetch(`${url}/metrics`)).text();
  }

  async function verdictIs({ url }: HaprobeProcess, verdict: string): Promise<void> {
    await expect.poll(async () => (await fetch(`${url}/api/v1/servers`)).text(), WAIT).toContain(`"${verdict}"`);
  }

  /** The distinct messages that arrived, in the order of their first arrival. */
  function messages({ receiver }: AlertScene): string[] {
    return [...new Map(receiver.received.map(({ id, type }) => [id, type])).values()];
  }

  async function storeIsFull(haprobe: HaprobeProcess): Promise<void> {
    await expect.poll(async () => (await fetch(`${haprobe.url}/readyz`)).text(), LONG).toMatch(/disk is full|ENOSPC/);
  }

  test("when an incident begins, its beginning and its end arrive in this order once there is room", async () => {
    const scene = await startAlertScene();
    await using disk = await serveOnSmallDisk(scene);
    disk.fill();
    scene.break();
    await verdictIs(disk.haprobe, "false-up");
    await storeIsFull(disk.haprobe);
    await disk.makeRoom();
    await expect.poll(() => messages(scene), LONG).toEqual(["incident.firing"]);
    scene.heal();
    await expect.poll(() => messages(scene), LONG).toEqual(["incident.firing", "incident.resolved"]);
  });

  test("when an incident ends, its end arrives once there is room", async () => {
    const scene = await startAlertScene();
    await using disk = await serveOnSmallDisk(scene);
    scene.break();
    await expect.poll(() => messages(scene), LONG).toEqual(["incident.firing"]);
    disk.fill();
    scene.heal();
    await verdictIs(disk.haprobe, "agree-up");
    await storeIsFull(disk.haprobe);
    await disk.makeRoom();
    await expect.poll(() => messages(scene), LONG).toEqual(["incident.firing", "incident.resolved"]);
  });

  test("while a message is retried, it keeps its id, and the end follows it", async () => {
    const scene = await startAlertScene();
    scene.receiver.answer("503");
    await using disk = await serveOnSmallDisk(scene);
    scene.break();
    await expect.poll(() => scene.receiver.received.length, WAIT).toBeGreaterThanOrEqual(1);
    disk.fill();
    await storeIsFull(disk.haprobe);
    scene.receiver.answer("200");
    await disk.makeRoom();
    await expect.poll(() => scene.receiver.taken.length, LONG).toBeGreaterThanOrEqual(1);
    expect(messages(scene)).toEqual(["incident.firing"]);
    scene.heal();
    await expect.poll(() => messages(scene), LONG).toEqual(["incident.firing", "incident.resolved"]);
  });
});
