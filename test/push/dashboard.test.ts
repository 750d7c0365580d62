import { once } from "node:events";
import { io, type Socket } from "socket.io-client";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { expandPatch, type PatchMessage } from "../../server/contract/row-patch.ts";
import type { DeltaMessage, StreamPosition } from "../../server/contract/status.ts";
import { FALSE_UP, FakeFleet, makeServerKeys, makeServerStatus, StreamReplica } from "./fake-fleet.ts";
import { startPushServer } from "./push-server.ts";

function dashboard(port: number, options: Parameters<typeof io>[1] = {}): Socket & Disposable {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true, ...options });
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.disconnect() });
}

function nextEvent<T>(socket: Socket, event: string): Promise<T> {
  return new Promise((resolve) => socket.once(event, resolve));
}

test("the dashboard gets its position, then every delta, and arrives at the published state", async () => {
  const fleet = new FakeFleet(makeServerKeys(3));
  await using server = await startPushServer(fleet);
  fleet.set("lb-1/web/s-2", FALSE_UP);
  await server.clock.advance(100);
  using socket = dashboard(server.port);
  expect(await nextEvent<StreamPosition>(socket, "hello")).toEqual({ version: 1, epoch: "e-1", seq: 1 });
  const replica = new StreamReplica(server.publisher.snapshot());
  for (const step of [1, 2, 3]) {
    const message = nextEvent<PatchMessage>(socket, "patch");
    fleet.set("lb-1/web/s-0", { sentence: `step ${step}` });
    if (step === 2) fleet.set("lb-1/web/s-new", {});
    await server.clock.advance(100);
    const patch = await message;
    expect(patch.changed).toEqual([{ key: "lb-1/web/s-0", sentence: `step ${step}` }]);
    expect(patch.servers.map(({ key }) => key)).toEqual(step === 2 ? ["lb-1/web/s-new"] : []);
    replica.apply(expandPatch(patch, replica.rows) as DeltaMessage);
  }
  expect(replica.comparableState()).toEqual(new StreamReplica(server.publisher.snapshot()).comparableState());
  expect(server.push.clientCount()).toBe(1);
});

test.each([
  ["a foreign Origin", { extraHeaders: { origin: "http://evil.example" } }],
  ["a foreign Host", { extraHeaders: { host: "evil.example" } }],
  ["long polling", { transports: ["polling"] }],
])("%s is refused", async (_what, options) => {
  await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
  using socket = dashboard(server.port, { ...options, reconnection: false });
  await nextEvent(socket, "connect_error");
  expect(server.push.clientCount()).toBe(0);
});

test("a dashboard that does not read is closed and reconnects", async () => {
  const fleet = new FakeFleet(makeServerKeys(200));
  await using server = await startPushServer(fleet);
  using socket = dashboard(server.port, { reconnectionDelay: 1, reconnectionDelayMax: 1 });
  await nextEvent(socket, "hello");
  const raw = (socket.io.engine as unknown as { transport: { ws: { _socket: { pause(): void; resume(): void } } } })
    .transport.ws._socket;
  raw.pause();
  for (let round = 0; round < 300 && server.push.clientCount() > 0; round++) {
    for (const key of fleet.rows.keys()) {
      // A patch holds what changed, so that the body has to.
      const body = String(round).padStart(2_000, "x");
      fleet.set(key, { sentence: String(round), probe: { ...makeServerStatus(key).probe, body } });
    }
    await server.clock.advance(100);
  }
  expect(server.push.clientCount()).toBe(0);
  expect(server.refused).toEqual(["slow-stream"]);
  const again = nextEvent<StreamPosition>(socket, "hello");
  raw.resume();
  expect((await again).seq).toBe(server.publisher.snapshot().seq);
});

/** A client that completes both handshakes, then sends text frames and pings and reads nothing. */
async function silentReader(port: number): Promise<WebSocket & Disposable> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
  socket.on("error", () => {});
  await once(socket, "open");
  socket.send("40");
  await once(socket, "message");
  return Object.assign(socket, { [Symbol.dispose]: () => socket.terminate() });
}

test.each([
  ["pings", (socket: WebSocket) => socket.ping(Buffer.alloc(125))],
  ["connects to unknown namespaces", (socket: WebSocket) => socket.send(`40/${"x".repeat(120)},`)],
])("a client that %s without end and does not read is closed", async (_what, send) => {
  await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
  using socket = await silentReader(server.port);
  expect(server.push.clientCount()).toBe(1);
  socket.pause();
  for (let sent = 0; sent < 100_000; sent += 1) send(socket);
  await expect.poll(() => server.push.clientCount(), { timeout: 5_000 }).toBe(0);
});

test("closing ends the dashboards' connections", async () => {
  const server = await startPushServer(new FakeFleet(makeServerKeys(1)));
  using socket = dashboard(server.port, { reconnection: false });
  await nextEvent(socket, "hello");
  const ended = once(socket as never, "disconnect");
  await server[Symbol.asyncDispose]();
  await ended;
  expect(server.clock.pending).toBe(0);
});
