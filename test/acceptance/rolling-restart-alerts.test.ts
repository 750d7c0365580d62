import { createServer, type Server } from "node:http";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";
import { startHaproxy } from "../support/real-haproxy.ts";

const WAIT = { timeout: 30_000, interval: 50 };

/** A server that can be restarted on its port. */
class RestartingServer {
  port = 0;
  #server: Server | null = null;

  async start(): Promise<void> {
    const server = createServer((_request, response) => response.end("ok"));
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  }
}

test("a rolling restart of every server, behind a bare check and behind httpchk, sends no message", {
  timeout: 120_000,
}, async () => {
  const servers = [new RestartingServer(), new RestartingServer(), new RestartingServer()];
  for (const server of servers) await server.start();
  const lines = servers
    .map(({ port }, i) => `  server s${i} 127.0.0.1:${port} check inter 200ms fall 2 rise 1`)
    .join("\n");
  const haproxy = await startHaproxy({
    config: `backend bare\n  mode http\n${lines}\nbackend asking\n  mode http\n  option httpchk GET /healthz\n${lines}\n`,
  });
  const requests: string[] = [];
  const receiver = createServer((request, response) => {
    requests.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-rolling-"));
  const config = join(folder.path, "haprobe.yaml");
  await writeFile(
    config,
    `haproxy: [{name: lb, stats: "unix:${haproxy.adminSocket}", every: 200ms}]
probes: [{match: {}, http: {path: /healthz}, every: 200ms}]
alerts: {channels: [{name: hook, webhook: {url: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in"}}]}
`,
  );
  {
    await using haprobe = await startHaprobe(["--config", config]);
    /** `verdict status` of this server in both backends. */
    const statesOf = async (name: string): Promise<string[]> => {
      const { servers: rows } = (await (await fetch(`${haprobe.url}/api/v1/servers`)).json()) as {
        servers: ServerStatus[];
      };
      return rows
        .filter(({ server }) => server === name)
        .map(({ verdict, haproxy: { status } }) => `${verdict} ${status}`);
    };
    for (const [i, server] of servers.entries()) {
      await expect.poll(() => statesOf(`s${i}`), WAIT).toEqual(["agree-up UP", "agree-up UP"]);
      await server.stop();
      await expect.poll(() => statesOf(`s${i}`), WAIT).toEqual(["agree-down DOWN", "agree-down DOWN"]);
      await server.start();
      await expect.poll(() => statesOf(`s${i}`), WAIT).toEqual(["agree-up UP", "agree-up UP"]);
    }
    // With no incident open, nothing is left to be sent.
    await expect
      .poll(async () => (await fetch(`${haprobe.url}/api/v1/incidents?open=true`)).text(), WAIT)
      .toContain('"incidents":[]');
    expect(await (await fetch(`${haprobe.url}/api/v1/notifications`)).text()).toContain('"notifications":[]');
  }
  expect(requests).toEqual([]);
  receiver.closeAllConnections();
  await new Promise<void>((resolve) => receiver.close(() => resolve()));
  await haproxy.stop();
  for (const server of servers) await server.stop();
});
