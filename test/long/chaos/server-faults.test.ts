import { writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HaprobeProcess, startHaprobe } from "../../support/haprobe-cli.ts";
import { type RealHaproxy, startHaproxy } from "../../support/real-haproxy.ts";
import { StreamClient } from "../../support/stream-client.ts";
import { DETECTION_MS, RECOVERY_MS, waitFor } from "./chaos-setup.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const SWAPS = 6;
const KEY = "lb-1/be/s1";

type Behaviour = (socket: Socket) => void;

const answer: Behaviour = (socket) => void socket.on("data", () => socket.write(OK));

/** How a server breaks that still accepts connections, so that HAProxy's check of its port passes. */
const BEHAVIOURS: readonly (readonly [what: string, behave: Behaviour, reason: RegExp])[] = [
  ["reads requests and never answers", (socket) => void socket.resume(), /probe-timed-out/],
  ["closes its half of each connection at once and stays", (socket) => void socket.resume().end(), /probe-/],
  [
    "sends a head and never the body",
    (socket) => void socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")),
    /probe-/,
  ],
  [
    "sends half of a head and closes its half",
    (socket) => void socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-le")),
    /probe-/,
  ],
  ["resets after the request", (socket) => void socket.on("data", () => socket.resetAndDestroy()), /probe-/],
  [
    "resets in the middle of the body",
    (socket) =>
      void socket.on("data", () =>
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\nok", () => socket.resetAndDestroy()),
      ),
    /probe-/,
  ],
];

/** A TCP server whose behaviour a test changes; a change ends the connections that it has. */
class RawServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #behave = answer;

  constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      this.#behave(socket);
    });
  }

  async listen(host: string): Promise<this> {
    await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(0, host, resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set behaviour(behave: Behaviour) {
    this.#behave = behave;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let started: AsyncDisposableStack;
let v4: RawServer;
let v6: RawServer;
let other: RawServer;
let haproxy: RealHaproxy;
let haprobe: HaprobeProcess;
let client: StreamClient;
beforeAll(async () => {
  started = new AsyncDisposableStack();
  v4 = started.use(await new RawServer().listen("127.0.0.1"));
  v6 = started.use(await new RawServer().listen("::1"));
  other = started.use(await new RawServer().listen("127.0.0.1"));
  haproxy = started.use(
    await startHaproxy({
      config: `defaults\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s
backend be
  server s1 127.0.0.1:${v4.port} check inter 500ms
  server s2 127.0.0.1:${other.port} check inter 500ms\n`,
    }),
  );
  const file = join(haproxy.dir, "haprobe.yaml");
  await writeFile(
    file,
    `haproxy: [{name: lb-1, stats: "unix:${haproxy.adminSocket}", every: 200ms}]
probes: [{match: {backend: be}, http: {path: /healthz, expect: {status: 200, body: ok}}, every: 500ms, timeout: 1s}]\n`,
  );
  haprobe = started.use(await startHaprobe(["--config", file]));
  client = started.use(new StreamClient(haprobe.url));
  await waitFor(client, "all is well", isWell, RECOVERY_MS);
});
afterAll(() => started?.disposeAsync());

function isWell(): boolean {
  const rows = [...client.servers.values()];
  return rows.length === 2 && rows.every(({ verdict }) => verdict === "agree-up");
}

async function openFiles(): Promise<number> {
  const text = await (await fetch(`${haprobe.url}/metrics`)).text();
  return Number(/^process_open_fds (\d+)$/m.exec(text)?.[1]);
}

describe("behind a check of the port a server that", () => {
  test.each(BEHAVIOURS)("%s is found, again and again, and nothing is left of it", async (_, behave, reason) => {
    const filesBefore = await openFiles();
    for (let round = 0; round < 3; round += 1) {
      const seen = client.verdictLog.length;
      v4.behaviour = behave;
      const row = () => client.servers.get(KEY);
      await waitFor(client, "it is confirmed", () => row()?.phase === "confirmed", DETECTION_MS);
      expect(row()).toMatchObject({ verdict: "false-up", reason: expect.stringMatching(reason) });
      expect(row()?.haproxy).toMatchObject({ checkStatus: "L4OK" });
      v4.behaviour = answer;
      await waitFor(client, "it is well", isWell, RECOVERY_MS);
      const confirmed = client.verdictLog.slice(seen).filter((line) => line.endsWith(" confirmed"));
      expect([...new Set(confirmed)]).toEqual([`${KEY} false-up confirmed`]);
    }
    await expect.poll(openFiles, { timeout: RECOVERY_MS }).toBeLessThan(filesBefore + 12);
  });
});

test("a server that drifts between IPv4 and IPv6 is probed where it is, and is no mismatch while both are well", async () => {
  const filesBefore = await openFiles();
  const seen = client.verdictLog.length;
  const moveTo = (address: string, port: number): Promise<string> =>
    haproxy.command(`set server be/s1 addr ${address} port ${port}`);
  const isAt = (part: string) => (): boolean => client.servers.get(KEY)?.probe.url?.includes(part) === true;
  for (let swap = 0; swap < SWAPS; swap += 1) {
    await moveTo("::1", v6.port);
    await waitFor(client, "it is probed over IPv6", isAt("[::1]"), DETECTION_MS);
    await moveTo("127.0.0.1", v4.port);
    await waitFor(client, "it is probed over IPv4", isAt("127.0.0.1"), DETECTION_MS);
  }
  await waitFor(client, "all is well", isWell, RECOVERY_MS);
  expect(client.verdictLog.slice(seen).filter((line) => line.endsWith(" confirmed"))).toEqual([]);

  v6.behaviour = (socket) => void socket.on("data", () => socket.resetAndDestroy());
  await moveTo("::1", v6.port);
  await waitFor(client, "it is confirmed", () => client.servers.get(KEY)?.phase === "confirmed", DETECTION_MS);
  await moveTo("127.0.0.1", v4.port);
  await waitFor(client, "it is well at its other address", isWell, RECOVERY_MS);
  v6.behaviour = answer;
  await pause(0);
  await expect.poll(openFiles, { timeout: RECOVERY_MS }).toBeLessThan(filesBefore + 12);
});
