import { once } from "node:events";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { HaprobeError } from "../../server/errors.ts";
import { startHttpListener } from "../../server/http/http-listener.ts";
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
    let answer = (): void => {};
    const http = await startHttpListener({
      app: (_request, response) => {
        answer = () => response.end("at last");
      },
      host: "127.0.0.1",
      port: 0,
      clock,
    });
    const agent = new Agent({ keepAlive: true });
    const asked = get({ agent, host: "127.0.0.1", port: http.address.port });
    await once(http.server, "request");
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
