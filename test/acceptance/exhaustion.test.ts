import { once } from "node:events";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { connectionLimit } from "../../server/http/http-listener.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { COMMON_CHECKS, startTestBed, type TestBed } from "../support/test-bed.ts";

const OPEN_FILES = 256;
const ATTEMPTS = 300;

let testBed: TestBed;
let haprobe: HaprobeProcess;
beforeAll(async () => {
  testBed = await startTestBed({
    checks: { bare: COMMON_CHECKS.bare },
    servers: ["cp-1", "cp-2", "cp-3"].map((name) => ({ name, mode: "healthy" })),
  });
  const config = await testBed.writeConfigFile(["admin"], { every: "200ms" });
  haprobe = await startHaprobe(["--config", config], {}, undefined, OPEN_FILES);
});
afterAll(async () => {
  await haprobe[Symbol.asyncDispose]();
  await testBed[Symbol.asyncDispose]();
});

/** Reads a server as a client with another address than the attacker's. */
async function readServer(name: string): Promise<ServerStatus> {
  const url = `${haprobe.url}/api/v1/servers/admin/bare/${name}`;
  const [response] = await once(get(url, { localAddress: "127.0.0.2", agent: false }), "response");
  return (await json(response)) as ServerStatus;
}

test("with 256 open files and a client that opens 300 connections, polls and probes go on and others are served", async () => {
  const { port } = new URL(haprobe.url);
  const sockets: Socket[] = [];
  let closed = 0;
  for (let index = 0; index < ATTEMPTS; index += 1) {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {}).once("close", () => (closed += 1));
    await once(socket, "connect");
    sockets.push(socket);
  }
  const kept = connectionLimit(OPEN_FILES) / 2;
  await expect.poll(() => ATTEMPTS - closed).toBe(kept);

  await testBed.server("cp-2").setMode("etcd");
  await expect.poll(async () => (await readServer("cp-2")).phase, { timeout: 10_000 }).toBe("confirmed");
  await testBed.server("cp-2").setMode("healthy");
  await expect.poll(async () => (await readServer("cp-2")).verdict, { timeout: 10_000 }).toBe("agree-up");
  expect(await readServer("cp-1")).toMatchObject({ verdict: "agree-up" });
  expect(haprobe.log()).not.toMatch(/probe-not-sent|EMFILE/);
  expect(ATTEMPTS - closed, "the client still holds its connections").toBe(kept);
  for (const socket of sockets) socket.destroy();
});
