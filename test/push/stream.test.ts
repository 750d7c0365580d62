import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { SendingBytes } from "../../server/access/sending-bytes.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { DeltaMessage, SnapshotMessage } from "../../server/contract/status.ts";
import { FALSE_UP, FakeFleet, makeServerKeys, makeServerStatus, StreamReplica } from "./fake-fleet.ts";
import { startPushServer } from "./push-server.ts";

describe("the plain stream", () => {
  test("sends the snapshot first, then each delta, and arrives at the published state", async () => {
    const fleet = new FakeFleet(makeServerKeys(3));
    await using server = await startPushServer(fleet);
    const client = server.stream();
    const snapshot = (await client.next()) as SnapshotMessage;
    expect(snapshot).toEqual(server.publisher.snapshot());
    const replica = new StreamReplica(snapshot);
    fleet.set("lb-1/web/s-0", FALSE_UP);
    await server.clock.advance(100);
    fleet.remove("lb-1/web/s-1");
    await server.clock.advance(100);
    replica.apply((await client.next()) as DeltaMessage);
    replica.apply((await client.next()) as DeltaMessage);
    expect(replica.comparableState()).toEqual(new StreamReplica(server.publisher.snapshot()).comparableState());
    expect(server.push.clientCount()).toBe(1);
  });

  test("speaks haprobe.v1, also to a client that offers more or nothing", async () => {
    await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
    const named = server.stream("", { protocols: ["haprobe.v9", "haprobe.v1"] });
    await named.next();
    expect(named.socket.protocol).toBe("haprobe.v1");
    const silent = server.stream();
    expect(await silent.next()).toMatchObject({ type: "snapshot" });
    expect(silent.socket.protocol).toBe("");
  });

  test.each([
    ["another subprotocol only", "", { protocols: ["haprobe.v9"] }, 400],
    ["a foreign Origin", "", { headers: { origin: "http://evil.example" } }, 403],
    ["a foreign Host", "", { headers: { host: "evil.example" } }, 421],
    ["a filter that does not exist", "?verdict=false-up", {}, 400],
    ["a filter value that means nothing", "?problems=yes", {}, 400],
    ["a filter that is there twice", "?problems=1&problems=0", {}, 400],
    ["an empty instance", "?instance=", {}, 400],
  ])("refuses %s with problem details", async (_what, query, options, status) => {
    await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
    const answer = await server.stream(query, options).refused;
    expect(answer).toMatchObject({ status, type: "application/problem+json", body: { status, type: "about:blank" } });
    expect(server.push.clientCount()).toBe(0);
  });

  test.each([
    ["an older version", "Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="],
    ["no key", "Sec-WebSocket-Version: 13"],
  ])("a handshake with %s is refused with problem details", async (_what, headers) => {
    await using server = await startPushServer(new FakeFleet());
    const socket = connect(server.port, "127.0.0.1");
    const upgrade = "Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket";
    socket.write(`GET /api/v1/stream HTTP/1.1\r\n${upgrade}\r\n${headers}\r\n\r\n`);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*application\/problem\+json.*"This is no WebSocket/s);
    expect(answer).toContain("\r\ncache-control: no-store\r\n");
    expect(server.push.clientCount()).toBe(0);
  });

  test("an own Origin passes", async () => {
    await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
    const client = server.stream("", { headers: { origin: `http://127.0.0.1:${server.port}` } });
    expect(await client.next()).toMatchObject({ type: "snapshot" });
  });

  test("an upgrade of any other path is refused with 404", async () => {
    await using server = await startPushServer(new FakeFleet());
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n.*application\/problem\+json/s);
  });

  test("problems=1 sends only mismatches, and removes a row once when its mismatch ends", async () => {
    const fleet = new FakeFleet(makeServerKeys(3));
    fleet.set("lb-1/web/s-0", FALSE_UP);
    await using server = await startPushServer(fleet);
    const client = server.stream("?problems=1");
    const snapshot = (await client.next()) as SnapshotMessage;
    expect(snapshot.servers.map((each) => each.key)).toEqual(["lb-1/web/s-0"]);
    expect(snapshot.summary.servers).toBe(3);

    fleet.set("lb-1/web/s-0");
    fleet.set("lb-1/web/s-1", FALSE_UP);
    await server.clock.advance(100);
    expect(await client.next()).toMatchObject({
      seq: 1,
      servers: [{ key: "lb-1/web/s-1" }],
      removed: ["lb-1/web/s-0"],
    });

    fleet.set("lb-1/web/s-0", { sentence: "still well" });
    fleet.remove("lb-1/web/s-2");
    await server.clock.advance(100);
    expect(await client.next()).toMatchObject({ seq: 2, servers: [], removed: [] });

    fleet.remove("lb-1/web/s-1");
    await server.clock.advance(100);
    expect(await client.next()).toMatchObject({ seq: 3, servers: [], removed: ["lb-1/web/s-1"] });
  });

  test("instance=… sends the named instances only, and misses no seq", async () => {
    const fleet = new FakeFleet(["lb-1/web/s-0", "lb-2/web/s-0", "lb-3/web/s-0"]);
    await using server = await startPushServer(fleet);
    const client = server.stream("?instance=lb-1&instance=lb-3");
    const snapshot = (await client.next()) as SnapshotMessage;
    expect(snapshot.servers.map((each) => each.instance)).toEqual(["lb-1", "lb-3"]);
    expect(snapshot.instances.map((each) => each.name)).toEqual(["lb-1", "lb-3"]);

    fleet.remove("lb-2/web/s-0");
    fleet.removeInstance("lb-2");
    await server.clock.advance(100);
    expect(await client.next()).toMatchObject({ seq: 1, servers: [], removed: [], removedInstances: [] });
    fleet.remove("lb-3/web/s-0");
    await server.clock.advance(100);
    expect(await client.next()).toMatchObject({ seq: 2, removed: ["lb-3/web/s-0"] });
  });
});

describe("a client that misbehaves", () => {
  test("one that does not read is closed with 1013 once 1 MiB waits for it, and the others go on", async () => {
    const fleet = new FakeFleet(makeServerKeys(200));
    await using server = await startPushServer(fleet);
    const slow = server.stream();
    const quick = server.stream();
    await Promise.all([slow.next(), quick.next()]);
    slow.socket.pause();
    // Each delta is far below the limit; together they exceed the kernel's buffers of a loopback connection.
    const body = "x".repeat(2_000);
    for (let round = 1; round <= 40; round++) {
      for (const key of fleet.rows.keys()) {
        fleet.set(key, { sentence: String(round), probe: { ...makeServerStatus(key).probe, body } });
      }
      await server.clock.advance(100);
      expect(await quick.next()).toMatchObject({ seq: round });
    }
    slow.socket.resume();
    expect(await slow.closed).toBe(1013);
    expect(quick.socket.readyState).toBe(quick.socket.OPEN);
    expect(server.refused).toEqual(["slow-stream"]);
  });

  test("one that was closed for being slow does not affect later clients with the same filter", async () => {
    const fleet = new FakeFleet(makeServerKeys(200));
    await using server = await startPushServer(fleet);
    const slow = server.stream("?instance=lb-1");
    await slow.next();
    slow.socket.pause();
    const body = "x".repeat(2_000);
    for (let round = 1; round <= 40; round++) {
      for (const key of fleet.rows.keys())
        fleet.set(key, { sentence: String(round), probe: { ...makeServerStatus(key).probe, body } });
      await server.clock.advance(100);
    }
    const next = server.stream("?instance=lb-1");
    await next.next();
    slow.socket.resume();
    expect(await slow.closed).toBe(1013);
    // The server has seen the close once it answers a later ping.
    next.socket.ping();
    await once(next.socket, "pong");
    fleet.set("lb-1/web/s-0", FALSE_UP);
    await server.clock.advance(100);
    expect(await next.next()).toMatchObject({ seq: 41, servers: [{ key: "lb-1/web/s-0" }] });
  });

  test("a snapshot larger than the backlog limit still reaches its client", async () => {
    const fleet = new FakeFleet(makeServerKeys(2_000));
    await using server = await startPushServer(fleet);
    expect(JSON.stringify(server.publisher.snapshot()).length).toBeGreaterThan(BOUNDS.streamBacklogBytes);
    const client = server.stream();
    fleet.set("lb-1/web/s-0", FALSE_UP);
    await server.clock.advance(100);
    expect(await client.next()).toMatchObject({ type: "snapshot" });
  });

  test("one that sends a long message is closed with 1009, a short message is ignored", async () => {
    const fleet = new FakeFleet(makeServerKeys(1));
    await using server = await startPushServer(fleet);
    const [short, long] = [server.stream(), server.stream()];
    await Promise.all([short.next(), long.next()]);
    short.socket.send("hello?");
    long.socket.send("x".repeat(BOUNDS.streamMessageMaxBytes + 1));
    expect(await long.closed).toBe(1009);
    fleet.set("lb-1/web/s-0", FALSE_UP);
    await server.clock.advance(100);
    expect(await short.next()).toMatchObject({ seq: 1 });
  });

  test("one that does not answer a ping is closed at the next one", async () => {
    await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
    const [dead, alive] = [server.stream(), server.stream()];
    await Promise.all([dead.next(), alive.next()]);
    dead.socket.pause();
    const pinged = once(alive.socket, "ping");
    await server.clock.advance(BOUNDS.streamPingEveryMs);
    await pinged;
    // Frames stay in order: once this ping is answered, the server has read the pong before it.
    alive.socket.ping();
    await once(alive.socket, "pong");
    await server.clock.advance(BOUNDS.streamPingEveryMs);
    dead.socket.resume();
    expect(await dead.closed).toBe(1006);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });
});

describe("a client cannot exhaust the streams", () => {
  test("one address gets half of them, and has them again once they end", async () => {
    await using server = await startPushServer(new FakeFleet(makeServerKeys(1)), { streamsMax: 4 });
    const clients = [server.stream(), server.stream()];
    for (const client of clients) await client.next();
    expect(await server.stream().refused).toMatchObject({ status: 503 });
    expect(server.refused).toEqual(["stream"]);
    clients[0]?.socket.terminate();
    await clients[0]?.closed;
    while (server.push.clientCount() > 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await server.stream().next()).toMatchObject({ type: "snapshot" });
  });

  test("a filtered snapshot counts from its first byte: while one is not read, a further client gets 1013", async () => {
    const sending = new SendingBytes(8 * 1_024 * 1_024);
    await using server = await startPushServer(new FakeFleet(makeServerKeys(12_000)), { sending });
    const slow = server.stream("?problems=0&instance=lb-1");
    slow.socket.once("upgrade", (response) => response.socket.pause());
    await once(slow.socket, "open");
    while (sending.used === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await server.stream("?instance=lb-1&instance=lb-2").closed).toBe(1013);
    slow.socket.terminate();
    while (sending.used > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await server.stream("?instance=lb-1&instance=lb-2").next()).toMatchObject({ type: "snapshot" });
  });

  test.each([
    ["pongs", (client: WebSocket) => client.pong("x")],
    ["empty messages", (client: WebSocket) => client.send("")],
    ["fragments", (client: WebSocket) => client.send("x", { fin: false })],
  ])("one that sends very many %s is ended, and what it has sent is not read", async (_what, send) => {
    await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
    const client = server.stream();
    await client.next();
    for (let bytes = 0; bytes <= BOUNDS.streamReceivedMaxBytes; bytes += 6) send(client.socket);
    expect(await client.closed).toBe(1006);
  });

  test("one that sends little from one ping to the next goes on", async () => {
    await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
    const client = server.stream();
    await client.next();
    for (let bytes = 0; bytes <= 2 * BOUNDS.streamReceivedMaxBytes; bytes += 4_000) {
      client.socket.send("x".repeat(4_000));
      client.socket.ping();
      await once(client.socket, "pong");
      await server.clock.advance(BOUNDS.streamPingEveryMs);
    }
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  test("a pong that no ping asked for does not keep a client alive", async () => {
    await using server = await startPushServer(new FakeFleet(makeServerKeys(1)));
    const client = server.stream("", { autoPong: false });
    await client.next();
    const pinged = once(client.socket, "ping");
    await server.clock.advance(BOUNDS.streamPingEveryMs);
    await pinged;
    client.socket.pong("guess");
    client.socket.ping();
    await once(client.socket, "pong");
    await server.clock.advance(BOUNDS.streamPingEveryMs);
    expect(await client.closed).toBe(1006);
  });
});

test("closing sends 1001 to every client and leaves no timer", async () => {
  const server = await startPushServer(new FakeFleet(makeServerKeys(1)));
  const client = server.stream();
  await client.next();
  await server[Symbol.asyncDispose]();
  expect(await client.closed).toBe(1001);
  expect(server.clock.pending).toBe(0);
});
