import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ChaosSetup, DETECTION_MS, RECOVERY_MS, startChaosSetup, waitFor } from "./chaos-setup.ts";

const PAUSE_MS = 30_000;
const LASTING = "frail/plainbare/lying";

const arrived: string[] = [];
const receiver = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (text: string) => (body += text));
  request.on("end", () => {
    arrived.push(body);
    response.end();
  });
});
let setup: ChaosSetup;
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  setup = await startChaosSetup(`alerts:
  channels: [{name: hook, webhook: {url: "${url}"}}]
  routes: [{wait: 0s, group-wait: 0s}]
`);
});
afterAll(async () => {
  await setup?.[Symbol.asyncDispose]();
  receiver.closeAllConnections();
  receiver.close();
});

test("haprobe stands still for half a minute: what began is reported once, what came and went is not, and the log says so", async () => {
  const { haprobe, client, steady, frail } = setup;
  process.kill(haprobe.pid, "SIGSTOP");
  try {
    await frail.server("lying").setMode("etcd");
    await steady.server("lying").setMode("closed");
    await pause(PAUSE_MS / 2);
    await frail.haproxy.reload();
    await steady.server("lying").setMode("healthy");
    await pause(PAUSE_MS / 2);
  } finally {
    process.kill(haprobe.pid, "SIGCONT");
  }
  await waitFor(client, "it is confirmed", () => client.servers.get(LASTING)?.phase === "confirmed", DETECTION_MS);
  const [paused, ...more] = setup.logOf("paused");
  expect(more).toEqual([]);
  expect(paused?.["forMs"]).toBeGreaterThan(PAUSE_MS - 1_000);
  await expect.poll(() => arrived.length, { timeout: RECOVERY_MS }).toBe(1);
  expect(arrived[0]).toContain("lying");

  await frail.server("lying").setMode("healthy");
  await setup.expectWell();
  await expect.poll(() => arrived.length, { timeout: 2 * RECOVERY_MS }).toBe(2);
  const confirmed = setup.takeVerdicts().filter((line) => line.endsWith(" confirmed"));
  expect([...new Set(confirmed)]).toEqual([`${LASTING} false-up confirmed`]);
  expect(setup.logOf("incident-ended").length).toBeLessThanOrEqual(1);
});
