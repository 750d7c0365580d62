import { createServer, type Server } from "node:http";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { Notification } from "../../server/contract/notification.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";
import { startHaproxy } from "../support/real-haproxy.ts";

const WAIT = { timeout: 30_000, interval: 50 };
/** No notice ends within a minute of a start. */
const WAIT_FOR_END = { timeout: 100_000, interval: 100 };

async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** Starts haprobe beside a HAProxy with two servers, of which s2 stops and starts; gives the sentences that a webhook receives. */
async function start(also: string) {
  const servers = [0, 1].map(() => createServer((_request, response) => response.end("ok")));
  const [s1, s2] = servers as [Server, Server];
  const [port1, port2] = [await listen(s1), await listen(s2)];
  const haproxy = await startHaproxy({
    config: `backend be\n  mode http\n  option httpchk GET /healthz\n  server s1 127.0.0.1:${port1} check inter 200ms\n  server s2 127.0.0.1:${port2} check inter 200ms\n`,
  });
  const sentences: string[] = [];
  const receiver = createServer((request, response) => {
    void json(request).then((body) => {
      const { type, data } = body as { type: string; data: Notification };
      sentences.push(`${type} ${data.isResolved ? "ended" : "began"}: ${data.sentence}`);
      response.end();
    });
  });
  const receiverPort = await listen(receiver);
  const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-changes-"));
  const config = join(folder.path, "haprobe.yaml");
  await writeFile(
    config,
    `haproxy: [{name: lb, stats: "unix:${haproxy.adminSocket}", every: 200ms}]
probes: [{match: {}, http: {path: /healthz}, every: 200ms}]
alerts:
  channels: [{name: hook, webhook: {url: "http://127.0.0.1:${receiverPort}/in"}}]
  routes: [{wait: 0s, group-wait: 0s}]
${also}`,
  );
  const haprobe = await startHaprobe(["--config", config]);
  onTestFinished(async () => {
    await haprobe.stop();
    await haproxy.stop();
    await close(receiver);
    await close(s1);
    if (s2.listening) await close(s2);
    await folder.remove();
  });
  const verdicts = async (): Promise<readonly string[]> => {
    const { servers: rows } = (await (await fetch(`${haprobe.url}/api/v1/servers`)).json()) as {
      servers: readonly ServerStatus[];
    };
    return rows.map(({ verdict }) => verdict);
  };
  await expect.poll(verdicts, WAIT).toEqual(["agree-up", "agree-up"]);
  return {
    sentences,
    verdicts,
    stopServer: () => close(s2),
    startServer: () => listen(s2, port2),
  };
}

test("a server that HAProxy takes DOWN, and the last one left, are sent where they are switched on, and their ends", {
  timeout: 150_000,
}, async () => {
  const { sentences, stopServer, startServer } = await start("  also: [server-down, backend-last-server]\n");
  await stopServer();
  await expect
    .poll(() => sentences.toSorted(), WAIT)
    .toEqual([
      "notice.backend-last-server began: s1 is the last of 2 servers of be that HAProxy lb has UP",
      "notice.server-down began: HAProxy lb has s2 of be DOWN",
    ]);
  await startServer();
  await expect.poll(() => sentences.filter((text) => text.includes(" ended: ")).length, WAIT_FOR_END).toBe(2);
  expect(sentences).toHaveLength(4);
});

test("neither is sent by default", async () => {
  const { sentences, verdicts, stopServer, startServer } = await start("");
  await stopServer();
  await expect.poll(verdicts, WAIT).toContain("agree-down");
  await startServer();
  await expect.poll(verdicts, WAIT).toEqual(["agree-up", "agree-up"]);
  expect(sentences).toEqual([]);
});
