import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startHaprobe } from "../support/haprobe-cli.ts";
import { haproxyBinaries, startHaproxy } from "../support/real-haproxy.ts";
import { readServers, verdictText } from "./verdict-text.ts";

/** A server whose health path fails while its application works, or does not. */
async function startServer(statusOf: (path: string) => number): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer(({ url = "" }, response) => {
    response.statusCode = statusOf(url);
    response.end("x");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port, [Symbol.asyncDispose]: close };
}

async function freePort(): Promise<number> {
  const server = createNetServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Clients that request the application through HAProxy until they are stopped. */
function startClients(ports: readonly number[]): Disposable {
  const stopping = new AbortController();
  const request = (port: number): Promise<unknown> =>
    new Promise((resolve) => {
      get({ host: "127.0.0.1", port, path: "/shop", agent: false }, (response) =>
        response.resume().on("end", resolve),
      ).on("error", resolve);
    });
  const run = async (port: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      await request(port);
      await pause(50);
    }
  };
  for (const port of ports) void run(port);
  return { [Symbol.dispose]: () => stopping.abort() };
}

const CLIENTS = /HAProxy's clients get (2xx|errors) from it/;

describe.each(haproxyBinaries())("$name: a server that fails its probe while clients get 2xx", ({ binary }) => {
  test("is no mismatch for a guess or an unexpected status, and one that says so for a rule's 500", async () => {
    await using serving = await startServer((path) => (path === "/shop" ? 200 : path === "/missing" ? 404 : 500));
    await using broken = await startServer(() => 500);
    const backends = ["guessed", "ruled", "missing", "broken"];
    const ports = await Promise.all(backends.map(freePort));
    const config = [
      "defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n  timeout check 1s",
      ...backends.flatMap((backend, place) => [
        `listen ${backend}\n  bind 127.0.0.1:${ports[place]}`,
        `  server s 127.0.0.1:${backend === "broken" ? broken.port : serving.port} check inter 500ms`,
      ]),
    ].join("\n");
    await using haproxy = await startHaproxy({ config, ...(binary === undefined ? {} : { binary }) });
    using _clients = startClients(ports);
    const file = join(haproxy.dir, "haprobe.yaml");
    await writeFile(
      file,
      [
        `haproxy: [{name: lb, stats: "unix:${haproxy.userSocket}"}]`,
        "probes:",
        "  - {match: {backend: ruled}, http: {path: /health}, every: 500ms}",
        "  - {match: {backend: missing}, http: {path: /missing}, every: 500ms}",
      ].join("\n"),
    );
    await using haprobe = await startHaprobe(["--config", file]);
    const said = async (): Promise<Record<string, readonly (string | undefined)[]>> =>
      Object.fromEntries(
        (await readServers(haprobe.url)).map((server) => [
          server.backend,
          [verdictText(server), CLIENTS.exec(server.sentence)?.[1]],
        ]),
      );
    await expect.poll(said, { timeout: 20_000, interval: 250 }).toEqual({
      guessed: ["unknown clients-served", "2xx"],
      ruled: ["false-up confirmed probe-answered-unhealthy", "2xx"],
      missing: ["unknown clients-served", "2xx"],
      broken: ["false-up confirmed probe-answered-unhealthy", "errors"],
    });
    const brokenServer = (await readServers(haprobe.url)).find(({ backend }) => backend === "broken");
    expect(brokenServer?.haproxy.clientResponses).toMatchObject({ good: 0 });
  });
});
