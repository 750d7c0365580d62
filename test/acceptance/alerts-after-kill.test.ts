import { describe, expect, test, vi } from "vitest";
import { agreed, startAlertScene } from "../support/alert-scene.ts";

vi.setConfig({ testTimeout: 60_000 });

const WAIT = { timeout: 30_000, interval: 50 };

describe("after kill -9 nothing is lost, ids stay, and the end follows the beginning:", () => {
  test("while the receiver refuses", async () => {
    const scene = await startAlertScene();
    scene.receiver.answer("503");
    const first = await scene.serve();
    await agreed(first);
    scene.break();
    await expect.poll(() => scene.receiver.received.length, WAIT).toBeGreaterThanOrEqual(1);
    await first.stop("SIGKILL");
    scene.receiver.answer("200");
    await using second = await scene.serve();
    await expect.poll(() => scene.receiver.taken, WAIT).toEqual(["incident.firing"]);
    expect(new Set(scene.receiver.received.map(({ id }) => id)).size).toBe(1);
    await fetch(`${second.url}/livez`);
    scene.heal();
    await expect.poll(() => scene.receiver.taken, WAIT).toEqual(["incident.firing", "incident.resolved"]);
  });

  test("while the receiver is stopped with a message in flight", async () => {
    const scene = await startAlertScene();
    const first = await scene.serve();
    await agreed(first);
    scene.receiver.signal("SIGSTOP");
    scene.break();
    await expect
      .poll(async () => (await fetch(`${first.url}/api/v1/incidents?open=true`)).text(), WAIT)
      .toContain("false-up");
    await first.stop("SIGKILL");
    scene.receiver.signal("SIGCONT");
    await using second = await scene.serve();
    await fetch(`${second.url}/livez`);
    await expect.poll(() => new Set(scene.receiver.received.map(({ id }) => id)).size, WAIT).toBe(1);
    scene.heal();
    await expect.poll(() => scene.receiver.taken.at(-1), WAIT).toBe("incident.resolved");
    // At least once: what was in flight may have arrived twice, under its id.
    expect(new Set(scene.receiver.received.map(({ id }) => id)).size).toBe(2);
  });

  test("while the fault heals before haprobe is back", async () => {
    const scene = await startAlertScene();
    const first = await scene.serve();
    await agreed(first);
    scene.break();
    await expect.poll(() => scene.receiver.taken, WAIT).toEqual(["incident.firing"]);
    await first.stop("SIGKILL");
    scene.heal();
    await using second = await scene.serve();
    await agreed(second);
    await expect.poll(() => scene.receiver.taken, WAIT).toEqual(["incident.firing", "incident.resolved"]);
  });
});
