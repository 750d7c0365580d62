import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createSender } from "../../../server/alert/send/send-notification.ts";
import { AlertBed, chatChannel } from "../../support/alert-bed.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { incidentRecord } from "../../support/sample-alerts.ts";
import type { ArrivedWebhook } from "../../support/verify-webhooks.ts";

const SECRET = `whsec_${Buffer.from("a-secret-of-32-bytes-for-the-test").toString("base64")}`;
const HOUR_MS = 3_600_000;

/** Whether each request verifies, by `standardwebhooks` in another process. */
function verify(requests: readonly ArrivedWebhook[]): readonly boolean[] {
  const program = join(import.meta.dirname, "../../support/verify-webhooks.ts");
  const { stdout, stderr } = spawnSync(process.execPath, [program], {
    env: { ...process.env, WEBHOOK_SECRET: SECRET },
    input: JSON.stringify(requests),
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as boolean[];
}

test("a first attempt and its retry an hour later verify in another process, and fail after one changed byte", async () => {
  const clock = new FakeClock();
  const arrived: ArrivedWebhook[] = [];
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      arrived.push({ at: clock.wall(), body, headers: request.headers as Record<string, string> });
      response.writeHead(arrived.length === 1 ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`;
  const webhook = {
    type: "webhook",
    url: { kind: "text", text: url },
    secrets: [{ kind: "text", text: SECRET }],
    headers: {},
  } as const;
  const bed = new AlertBed({
    clock,
    send: createSender({ clock, userAgent: "haprobe/1" }),
    settings: {
      // The deadline of an attempt is on the same clock, which passes an hour at once.
      channels: [chatChannel({ transport: webhook, timeoutMs: 2 * HOUR_MS })],
      retry: { firstMs: HOUR_MS, maxMs: HOUR_MS, forMs: 24 * HOUR_MS },
    },
  });
  bed.dispatcher.start();
  onTestFinished(async () => {
    await bed.dispatcher.stop();
    receiver.closeAllConnections();
    await new Promise<void>((resolve) => receiver.close(() => resolve()));
  });

  const now = clock.wall();
  await bed.emit("incident-opened", incidentRecord({ suspectedAt: now, confirmedAt: now, changes: [] }));
  await clock.advance(8_000);
  await expect.poll(() => bed.attempts.length).toBe(1);
  await clock.advance(HOUR_MS + 1_000);
  await expect.poll(() => bed.arrived.length).toBe(1);

  const [first, retry] = arrived;
  if (first === undefined || retry === undefined) throw new Error("an attempt did not arrive");
  expect(retry.at - first.at).toBeGreaterThanOrEqual(HOUR_MS);
  expect([retry.headers["webhook-id"], retry.body]).toEqual([first.headers["webhook-id"], first.body]);
  const last = first.body.length - 1;
  const changed = arrived.flatMap((request) =>
    [0, Math.floor(last / 2), last].map((i) => ({ ...request, body: changeByte(request.body, i) })),
  );
  expect(verify([first, retry])).toEqual([true, true]);
  expect(verify(changed)).toEqual(Array(6).fill(false));
  // The first attempt's signature is too old by then: a replay is refused.
  expect(verify([{ ...first, at: retry.at }])).toEqual([false]);
});

function changeByte(body: string, i: number): string {
  return `${body.slice(0, i)}${body[i] === "x" ? "y" : "x"}${body.slice(i + 1)}`;
}
