import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { makeAuthority } from "../support/certificates.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";
import { startLiveSetup } from "./live-setup.ts";

const SERVERS = 10;
const ROUNDS = 3;
const TIMES = "inter 2s fall 3 rise 1";
const DECIDED_WITHIN_MS = 30_000;

/** A server that answers late, and whose end resets what waits for an answer, as the end of a process does. */
class SlowServer implements AsyncDisposable {
  readonly name: string;
  port = 0;
  readonly #latencyMs: number;
  readonly #tls: { readonly cert: string; readonly key: string };
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  constructor(name: string, latencyMs: number, tls: { readonly cert: string; readonly key: string }) {
    this.name = name;
    this.#latencyMs = latencyMs;
    this.#tls = tls;
  }

  async start(): Promise<void> {
    const server = createServer(this.#tls, (_, response) => {
      const timer = setTimeout(() => response.end("ok"), this.#latencyMs);
      response.once("close", () => clearTimeout(timer));
    });
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("tlsClientError", () => {});
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** `portOpenMs`: how long the port accepts and resets connections after the first were reset. */
  async kill(portOpenMs: number): Promise<void> {
    this.#reset();
    if (portOpenMs > 0) await pause(portOpenMs);
    const closed = new Promise<void>((resolve) => this.#server?.close(() => resolve()));
    this.#reset();
    await closed;
    this.#server = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server !== null) await this.kill(0);
  }

  #reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

describe.each(haproxyBinaries())("$name", ({ name, binary }) => {
  test.each([
    ["that answers after 400 ms and closes its port at once", 400, 0],
    ["that answers after 400 ms and closes its port 60 ms later", 400, 60],
    ["that answers after 1.5 s, so that two probes are in flight", 1_500, 0],
  ])("the death of a server %s is never confirmed behind a check", async (_, latencyMs, portOpenMs) => {
    const authority = await makeAuthority();
    const tls = await authority.issue({ names: ["kubernetes", "127.0.0.1"] });
    await using stack = new AsyncDisposableStack();
    const servers = Array.from({ length: SERVERS }, (_unused, i) =>
      stack.use(new SlowServer(`cp-${i + 1}`, latencyMs, tls)),
    );
    for (const server of servers) await server.start();
    const endpoints = servers.map((server) => ({ name: server.name, host: "127.0.0.1", port: server.port }));
    await using setup = await startLiveSetup({
      endpoints,
      checks: ["l4", "l6", "l7"],
      times: TIMES,
      ca: authority.ca,
      binary,
    });
    const { history } = setup;
    const random = new SeededRandom(1, name, String(latencyMs));
    const every = (prefix: string) => (): boolean =>
      [...history.verdicts.values()].every((one) => one.startsWith(prefix));
    for (let round = 0; round < ROUNDS; round += 1) {
      await pause(random.between(2_000, 3_000));
      const die = async (server: SlowServer): Promise<void> => {
        await pause(random.between(0, 2_000));
        await server.kill(portOpenMs);
      };
      await Promise.all(servers.map(die));
      await history.waitUntil("HAProxy has taken all of them down", every("agree-down"), DECIDED_WITHIN_MS);
      for (const server of servers) await server.start();
      await history.waitUntil("all are back", every("agree-up"), DECIDED_WITHIN_MS);
    }
    console.log(`${name}: ${ROUNDS * SERVERS * 3} deaths, ${history.confirmed().length} confirmed`);
    expect(history.confirmed()).toEqual([]);
  });
});
