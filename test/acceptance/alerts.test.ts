import { describe, expect, test, vi } from "vitest";
import { agreed, startAlertScene, WEBHOOK_SECRET } from "../support/alert-scene.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";

vi.setConfig({ testTimeout: 60_000 });

const WAIT = { timeout: 30_000, interval: 50 };

describe.each(["with a data directory", "without one"])("%s", (place) => {
  test("a false-up is sent, signed, and resolved", async () => {
    const scene = await startAlertScene();
    await using haprobe = await scene.serve(place === "without one" ? "none" : undefined);
    await agreed(haprobe);
    scene.break();
    await expect.poll(() => scene.receiver.taken, WAIT).toEqual(["incident.firing"]);
    scene.heal();
    await expect.poll(() => scene.receiver.taken, WAIT).toEqual(["incident.firing", "incident.resolved"]);
    const [firing, resolved] = scene.receiver.received;
    expect(firing?.sentence).toMatch(/^s1 is UP in HAProxy and answering 500 on \/healthz; 0 of 1 server left$/);
    expect(resolved?.sentence).toMatch(/^s1 is healthy again after .*; 0 requests went to it; HAProxy never noticed$/);
    expect(scene.receiver.received.map(({ verified, forged }) => [verified, forged])).toEqual([
      [true, false],
      [true, false],
    ]);
    await expect
      .poll(async () => (await fetch(`${haprobe.url}/metrics`)).text(), WAIT)
      .toContain('haprobe_notifications_total{channel="hook",result="sent"} 2');
  });
});

test("what a receiver refuses is sent again under its id, signed anew, in order, until it arrives", async () => {
  const scene = await startAlertScene();
  scene.receiver.answer("500");
  await using haprobe = await scene.serve();
  await agreed(haprobe);
  scene.break();
  await expect.poll(() => scene.receiver.received.length, WAIT).toBeGreaterThanOrEqual(2);
  scene.receiver.answer("429 1");
  await expect.poll(() => scene.receiver.received.some(({ answer }) => answer === "429 1"), WAIT).toBe(true);
  scene.receiver.answer("hang");
  await expect.poll(() => scene.receiver.received.some(({ answer }) => answer === "hang"), WAIT).toBe(true);
  scene.receiver.answer("200");
  await expect.poll(() => scene.receiver.taken, WAIT).toEqual(["incident.firing"]);
  expect(new Set(scene.receiver.received.map(({ id }) => id)).size).toBe(1);
  expect(scene.receiver.received.every(({ verified, forged }) => verified && !forged)).toBe(true);
  expect(await (await fetch(`${haprobe.url}/api/v1/findings`)).text()).not.toContain(WEBHOOK_SECRET);
});

test("--webhook is a whole configuration", async () => {
  const scene = await startAlertScene();
  await using haprobe = await startHaprobe([
    "--haproxy",
    `unix:${scene.haproxy.adminSocket}`,
    "--webhook",
    `http://127.0.0.1:${scene.receiver.port}/in`,
  ]);
  // Without a rule the path is a guess, which has to answer well once.
  await agreed(haprobe);
  scene.break();
  await expect.poll(() => scene.receiver.taken, WAIT).toEqual(["incident.firing"]);
});
