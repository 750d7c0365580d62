import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { requestApi } from "../../server/cli/api-request.ts";
import { openFleetStream } from "../../server/cli/fleet-stream.ts";
import { health } from "../../server/cli/health.ts";
import { serviceEndpoint, type ServiceEndpoint, type ServiceOptions } from "../../server/cli/service-endpoint.ts";
import { TlsFiles } from "../../server/http/tls-files.ts";
import { makeAuthority } from "../support/certificates.ts";
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

  test("over TLS, verified by its own certificate or by an authority, and with a client certificate", async () => {
    const authority = await makeAuthority();
    const { cert, key, ca } = await authority.issue({ names: ["haprobe.example.org"] });
    const path = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const tls = { certFile: path("tls.pem", cert), keyFile: path("tls.key", key), clientCaFile: path("ca.pem", ca) };
    const clock = new FakeClock();
    const files = await TlsFiles.load({ settings: tls, clock, onCheck: () => {} });
    const app: RequestListener = (_request, response) => response.end("{}");
    const listener = await startHttpListener({ app, host: "127.0.0.1", port: 0, tls: files, clock });
    const name = `https://127.0.0.1:${listener.address.port}`;
    const client = { clientCertFile: tls.certFile, clientKeyFile: tls.keyFile };
    const config = path(
      "tls.yaml",
      `listen: 127.0.0.1:${listener.address.port}\ntls: {cert-file: tls.pem, key-file: tls.key, client-ca-file: ca.pem}\n`,
    );
    expect(await runHealth({ config, ...client })).toEqual([0, "{}\n"]);
    expect(await requestApi(await endpointOf({ config, ...client }), "x", signal)).toEqual({ kind: "body", body: {} });
    const unverified = await endpointOf({ url: new URL(name), ...client });
    expect(await requestApi(unverified, "x", signal)).toMatchObject({ kind: "unreachable" });
    const otherName = await endpointOf({ url: new URL(name), caFile: tls.clientCaFile, ...client });
    expect(await requestApi(otherName, "x", signal)).toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID"),
    });
    const withoutCertificate = await requestApi(await endpointOf({ config }), "x", signal);
    expect(withoutCertificate).toMatchObject({ kind: "unreachable" });
    files.stop();
    await listener.close(0);
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
