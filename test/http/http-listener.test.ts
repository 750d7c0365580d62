import { once } from "node:events";
import { Agent, get } from "node:http";
import { connect, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { HaprobeError } from "../../server/errors.ts";
import { connectionLimit, type HttpListener, startHttpListener } from "../../server/http/http-listener.ts";
import { runInSlices } from "../../server/slices.ts";
import { FakeClock } from "../support/fake-clock.ts";

const clock = new FakeClock();

/** Everything that a socket receives until it ends. */
async function exchangeRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

describe("listening", () => {
  test("a taken port is an error with a code, a sentence and a remedy", async () => {
    const first = await startHttpListener({ app: () => {}, host: "127.0.0.1", port: 0, clock });
    const { port } = first.address;
    const second = startHttpListener({ app: () => {}, host: "127.0.0.1", port, clock });
    await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: the port is taken`);
    const error = await second.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HaprobeError);
    expect(error).toMatchObject({ code: "HAPROBE_LISTEN_FAILED", remedy: expect.stringContaining("--listen") });
    await first.close(1_000);
  });

  test("an address that is not local is such an error too", async () => {
    const other = startHttpListener({ app: () => {}, host: "192.0.2.1", port: 0, clock });
    await expect(other).rejects.toMatchObject({ code: "HAPROBE_LISTEN_FAILED" });
  });
});

describe("requests that cannot be read", () => {
  test.each([
    ["nonsense", "hello\r\n\r\n", 400],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400],
    ["an absolute target with a bad port", "GET http://a:99999/x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
    ["a target that is no path", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
    ["an unknown expectation", "GET / HTTP/1.1\r\nHost: localhost\r\nExpect: wonders\r\n\r\n", 417],
    ["a header that is too large", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
  ])("%s gets problem details", async (_what, text, status) => {
    const http = await startHttpListener({ app: () => {}, host: "127.0.0.1", port: 0, clock });
    const answer = await exchangeRaw(http.address.port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\ncontent-type: application/problem\\+json\r\n`, "s"));
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ status });
    await http.close(1_000);
  });

  test("an upgrade to h2c is answered as HTTP/1.1", async () => {
    const http = await startHttpListener({
      app: (_request, response) => response.end("ok"),
      host: "127.0.0.1",
      port: 0,
      clock,
    });
    http.server.on("upgrade", (_request, socket) => socket.destroy());
    const headers =
      "Host: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk";
    expect(await exchangeRaw(http.address.port, `GET / HTTP/1.1\r\n${headers}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 OK/);
    await http.close(1_000);
  });
});

describe("closing", () => {
  test("closes idle keep-alive connections at once and leaves no timer", async () => {
    const http = await startHttpListener({
      app: (_request, response) => response.end("ok"),
      host: "127.0.0.1",
      port: 0,
      clock,
    });
    const agent = new Agent({ keepAlive: true });
    const [response] = await once(get({ agent, host: "127.0.0.1", port: http.address.port }), "response");
    response.resume();
    await once(response, "end");
    await http.close(60_000);
    expect(clock.pending).toBe(0);
    agent.destroy();
  });

  test("answers a request under way, then closes its connection", async () => {
    const handled = Promise.withResolvers<() => void>();
    const http = await startHttpListener({
      app: (_request, response) => handled.resolve(() => response.end("at last")),
      host: "127.0.0.1",
      port: 0,
      clock,
    });
    const agent = new Agent({ keepAlive: true });
    const asked = get({ agent, host: "127.0.0.1", port: http.address.port });
    const answer = await handled.promise;
    const closed = http.close(60_000);
    answer();
    const [response] = await once(asked, "response");
    response.resume();
    await closed;
    expect(response.statusCode).toBe(200);
    agent.destroy();
  });

  test("destroys at the deadline the connections that are left", async () => {
    const http = await startHttpListener({ app: () => {}, host: "127.0.0.1", port: 0, clock });
    const asked = get({ host: "127.0.0.1", port: http.address.port });
    const failed = once(asked, "error");
    await once(http.server, "request");
    const closed = http.close(5_000);
    await clock.advance(5_000);
    await closed;
    expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
  });
});

test("work under way leaves the turns of the event loop to clients that connect: Node accepts one in each", async () => {
  let now = 0;
  const ticking = Object.assign(new FakeClock(), { now: () => now });
  const http = await startHttpListener({ app: () => {}, host: "127.0.0.1", port: 0, clock: ticking });
  let steps = 0;
  function* work(): Generator<void, void, void> {
    for (; steps < 100; steps += 1) {
      now += BOUNDS.sliceMs;
      yield;
    }
  }
  const done = runInSlices(ticking, BOUNDS.sliceMs, work());
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  http.server.emit("connection", new Socket());
  await nextTurn();
  const before = steps;
  for (let turn = 0; turn < 10; turn += 1) {
    http.server.emit("connection", new Socket());
    await nextTurn();
  }
  expect(steps).toBe(before);
  await nextTurn();
  expect(steps).toBe(before + 1);
  await done;
  await http.close(1_000);
});

interface Sent {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
}

describe("a client cannot exhaust the listener", () => {
  /** Sends `text` on a new connection, and says whether the server closed it. */
  async function send(port: number, text = "", localAddress = "127.0.0.1"): Promise<Sent> {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    socket.on("error", () => {});
    const closed = once(socket, "close");
    await once(socket, "connect");
    socket.write(text);
    return { socket, closed };
  }
  const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

  test("pipelined requests of one connection are handled one after the other", async () => {
    let [underWay, most, handled] = [0, 0, 0];
    const http = await startHttpListener({
      host: "127.0.0.1",
      port: 0,
      clock,
      app(_request, response) {
        underWay += 1;
        most = Math.max(most, underWay);
        response.once("finish", () => (underWay -= 1));
        setImmediate(() => response.end(String((handled += 1))));
      },
    });
    const { socket, closed } = await send(http.address.port, GET.repeat(BOUNDS.requestsPipelinedMax));
    let answer = "";
    for await (const chunk of socket) {
      answer += String(chunk);
      if (handled === BOUNDS.requestsPipelinedMax) socket.end();
    }
    await closed;
    expect(most).toBe(1);
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(BOUNDS.requestsPipelinedMax);
    await http.close(1_000);
  });

  test("a connection with more waiting requests is closed", async () => {
    let handled = 0;
    const app = (): void => void (handled += 1);
    const http = await startHttpListener({ app, host: "127.0.0.1", port: 0, clock });
    const { socket, closed } = await send(http.address.port, GET);
    await once(http.server, "request");
    socket.write(GET.repeat(BOUNDS.requestsPipelinedMax + 1));
    await closed;
    expect(handled).toBe(1);
    await http.close(1_000);
  });

  test("a response that is not sent in time ends its connection", async () => {
    const http = await startHttpListener({
      app: (_request, response) => response.end(Buffer.alloc(64 * 1_024 * 1_024)),
      host: "127.0.0.1",
      port: 0,
      clock,
    });
    const { socket, closed } = await send(http.address.port);
    socket.pause();
    const handled = once(http.server, "request");
    socket.write(GET);
    await handled;
    await clock.advance(BOUNDS.responseTimeoutMs);
    socket.resume();
    await closed;
    await http.close(1_000);
    expect(clock.pending).toBe(0);
  });

  test("requests under way leave others of their address without an answer, but for /livez", async () => {
    const refused: string[] = [];
    const http = await startHttpListener({
      app: (request, response) => void (request.url === "/livez" && response.end("ok")),
      host: "127.0.0.1",
      port: 0,
      clock: new FakeClock(),
      onRefused: (kind) => refused.push(kind),
    });
    const { port } = http.address;
    const clients = Array.from({ length: BOUNDS.requestsMax / 2 }, () => connect(port, "127.0.0.1"));
    for (const client of clients) client.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for (const _ of clients) await once(http.server, "request");
    const statusOf = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect([await statusOf("/readyz"), await statusOf("/livez")]).toEqual([503, 200]);
    expect(refused).toEqual(["request"]);
    for (const client of clients) client.destroy();
    await http.close(0);
  });

  test("one address gets half of the connections that the open files allow", async () => {
    const refused: string[] = [];
    const onRefused = (kind: string): void => void refused.push(kind);
    const http = await startHttpListener({
      app: () => {},
      host: "127.0.0.1",
      port: 0,
      clock,
      openFiles: 64,
      onRefused,
    });
    const kept = await Promise.all(Array.from({ length: 8 }, () => send(http.address.port)));
    const further = await send(http.address.port);
    await further.closed;
    expect(refused).toEqual(["connection"]);
    kept[0]?.socket.destroy();
    await kept[0]?.closed;
    const again = await send(http.address.port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(http.server, "request");
    for (const { socket } of [...kept, again]) socket.destroy();
    await http.close(1_000);
    expect(connectionLimit(64)).toBe(16);
  });

  describe("where clients of many addresses hold all connections that the open files allow", () => {
    const TOTAL = connectionLimit(64);

    async function startFull(): Promise<{ http: HttpListener; refused: string[]; held: Sent[] }> {
      const refused: string[] = [];
      const http = await startHttpListener({
        app: (_request, response) => response.end("ok"),
        host: "127.0.0.1",
        port: 0,
        clock,
        openFiles: 64,
        onRefused: (kind) => refused.push(kind),
      });
      const held: Sent[] = [];
      for (let n = 0; n < TOTAL; n += 1) held.push(await send(http.address.port, "", `127.0.2.${n + 1}`));
      return { http, refused, held };
    }

    async function requestOn({ socket }: Sent): Promise<void> {
      socket.write(GET);
      await once(socket, "data");
    }

    test("the longest unused one gives way to a client that has none", async () => {
      const { http, refused, held } = await startFull();
      const [first, second] = held;
      if (first === undefined || second === undefined) throw new Error("nothing is held");
      await requestOn(first);
      const further = await send(http.address.port, "", "127.0.3.1");
      await second.closed;
      await requestOn(further);
      await requestOn(first);
      expect(refused).toEqual(["connection"]);
      for (const { socket } of [...held, further]) socket.destroy();
      await http.close(1_000);
    });

    test("none gives way to a client that would then have more than the other", async () => {
      const { http, refused, held } = await startFull();
      const further = await send(http.address.port, "", "127.0.2.1");
      await further.closed;
      await requestOn(held[1] ?? further);
      expect(refused).toEqual(["connection"]);
      for (const { socket } of held) socket.destroy();
      await http.close(1_000);
    });

    test("a stream stays", async () => {
      const { http, held } = await startFull();
      const [first, second] = held;
      if (first === undefined || second === undefined) throw new Error("nothing is held");
      http.server.once("upgrade", (_request, socket) => {
        http.keep(socket);
        socket.once("end", () => socket.destroy()).resume();
        socket.write("kept");
      });
      first.socket.write(GET.replace("\r\n\r\n", "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
      await once(first.socket, "data");
      const further = await send(http.address.port, "", "127.0.3.1");
      await second.closed;
      expect(first.socket.destroyed).toBe(false);
      for (const { socket } of [...held, further]) socket.destroy();
      await http.close(1_000);
    });
  });

  test.each([
    [256, 64],
    [1_024, 256],
    [4_096, 3_096],
    [1_000_000, BOUNDS.connectionsMax],
    [null, BOUNDS.connectionsMax],
  ])("of %s open files clients get %i, the rest is for polls and probes", (files, connections) => {
    expect(connectionLimit(files)).toBe(connections);
  });

  test("Node checks the timeouts of requests every second, not every half minute", async () => {
    const http = await startHttpListener({ app: () => {}, host: "127.0.0.1", port: 0, clock });
    expect(http.server).toMatchObject({
      headersTimeout: BOUNDS.requestHeadersTimeoutMs,
      requestTimeout: BOUNDS.requestTimeoutMs,
      connectionsCheckingInterval: BOUNDS.requestTimeoutCheckEveryMs,
    });
    await http.close(1_000);
  });
});
