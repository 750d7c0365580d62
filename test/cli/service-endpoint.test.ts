import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { requestApi } from "../../server/cli/api-request.ts";
import { openFleetStream } from "../../server/cli/fleet-stream.ts";
import { health } from "../../server/cli/health.ts";
import { serviceEndpoint, type ServiceEndpoint, type ServiceOptions } from "../../server/cli/service-endpoint.ts";
import { startHttpListener } from "../../server/http/http-listener.ts";
import { FakeClock } from "../support/fake-clock.ts";

const folder = mkdtempSync(join(tmpdir(), "haprobe-endpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));
const signal = new AbortController().signal;

async function endpointOf(options: ServiceOptions): Promise<ServiceEndpoint> {
  const endpoint = await serviceEndpoint(options);
  if (typeof endpoint === "string") throw new Error(endpoint);
  return endpoint;
}

/** What `haprobe health` prints and its exit code. */
async function runHealth(options: ServiceOptions): Promise<readonly [number, string]> {
  let printed = "";
  const code = await health(options, signal, (text) => (printed += text));
  return [code, printed];
}

describe("a running haprobe is reached", () => {
  test("on its UNIX socket, by its configuration and by --url, with requests and streams", async () => {
    const path = join(folder, "hap%robe é.sock");
    const config = join(folder, "unix.yaml");
    writeFileSync(config, `listen: "unix:${path}"\nhaproxy: [{name: a, stats: unix:/nonexistent/a.sock}]\n`);
    const app = (request: { url?: string | undefined }, response: { end: (text: string) => void }): void =>
      response.end(JSON.stringify({ path: request.url }));
    const listener = await startHttpListener({ app, path, clock: new FakeClock() });
    const upgraded = new Promise<string | undefined>((resolve) => {
      listener.server.on("upgrade", (request, socket) => {
        resolve(request.url);
        socket.destroy();
      });
    });
    expect(await runHealth({ config })).toEqual([0, '{"path":"/readyz"}\n']);
    const endpoint = await endpointOf({ url: new URL(`unix:${encodeURI(path)}`) });
    expect(endpoint).toMatchObject({ socketPath: path, name: `unix:${path}` });
    expect(await requestApi(endpoint, "api/v1/status", signal)).toEqual({
      kind: "body",
      body: { path: "/api/v1/status" },
    });
    const stream = openFleetStream(endpoint, "a/*/*");
    expect(await upgraded).toBe("/api/v1/stream?instance=a");
    stream.stop();
    await listener.close(0);
    expect(await requestApi(endpoint, "x", signal)).toEqual({
      kind: "unreachable",
      message: `no haprobe answers at unix:${path}: ENOENT`,
    });
  });

  test.each([
    ["0.0.0.0:81", "http://127.0.0.1:81"],
    ['"[::]:81"', "http://[::1]:81"],
    ["192.0.2.1:81", "http://192.0.2.1:81"],
  ])("that listens on %s at %s", async (listen, name) => {
    const config = join(folder, "tcp.yaml");
    writeFileSync(config, `listen: ${listen}\nlisten-insecurely: true\n`);
    expect(await endpointOf({ config })).toMatchObject({ name, socketPath: null });
  });
});
