import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import type { StatsAddress } from "../../server/contract/settings.ts";
import { ERROR_REMEDIES } from "../../server/errors.ts";
import { connectionError } from "../../server/haproxy/connection-error.ts";
import { createSnapshotParser } from "../../server/haproxy/snapshot-parser.ts";
import type { StatsResponse, RequestLimits } from "../../server/haproxy/stats-source.ts";
import { openStatsSource } from "../../server/haproxy/open-stats-source.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { serverRow, renderResponseText } from "./rendered-response.ts";

let dir: string;
const open = new Set<Server | Socket>();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sources-"));
});

afterEach(async () => {
  for (const one of open) {
    if ("close" in one) one.close();
    else one.destroy();
  }
  open.clear();
  await rm(dir, { recursive: true, force: true });
});

/** A stats socket that treats each connection as it is told, once it has received a line. */
async function fakeStatsSocket(
  onLine: (socket: Socket, line: string) => unknown,
  path = join(dir, "s.sock"),
): Promise<StatsAddress> {
  const listener = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("data", (line) => onLine(socket, line.toString()));
  });
  open.add(listener);
  await once(listener.listen(path), "listening");
  return { kind: "unix", path };
}

function portOf(listener: Server): number {
  const address = listener.address();
  return typeof address === "object" && address ? address.port : 0;
}

const FULL_REQUEST = { backend: null, serversState: true };

function fetchStats(address: StatsAddress, limits: Partial<RequestLimits> = {}): Promise<StatsResponse> {
  const signal = new AbortController().signal;
  return openStatsSource(address).fetch(FULL_REQUEST, {
    clock: systemClock,
    timeoutMs: 5_000,
    maxBytes: 1_000_000,
    signal,
    ...limits,
  });
}

/** As a poll does: asks, and reads what came. */
async function poll(address: StatsAddress): Promise<unknown> {
  return createSnapshotParser("lb").parse(await fetchStats(address), { backend: null, serversState: true, wallMs: 0 });
}

const completeText = renderResponseText({
  rows: [serverRow("s1", 1)],
  serverStates: [{ sid: 1, name: "s1", addr: "10.0.0.1", port: 80 }],
});

test("one line is sent, and the answer is read to the end, however it is cut into packets", async () => {
  let line = "";
  const address = await fakeStatsSocket(async (socket, received) => {
    line = received;
    for (const byte of completeText) if (!socket.write(byte)) await once(socket, "drain");
    socket.end();
  });
  const answer = await fetchStats(address);
  expect(line).toBe("show info;show servers state;show stat -1+ 6 -1\n");
  expect(answer.bytes.toString("latin1")).toBe(completeText);
  expect(answer.sentAt).toBeLessThanOrEqual(answer.receivedAt - answer.connectMs);
});

describe("an answer that is not whole is an error, never a shorter list of servers", () => {
  const cuts: [string, number][] = [
    ["nothing at all", 0],
    ["a few bytes", 3],
    ["half of show info", 40],
    ["show info alone", completeText.indexOf("\n\n") + 2],
    ["the servers' state without the table", completeText.indexOf("# pxname")],
    ["half of the table's header", completeText.indexOf("# pxname") + 20],
    ["the table's header alone", completeText.indexOf("\n", completeText.indexOf("# pxname")) + 1],
    ["all but the empty line", completeText.length - 1],
  ];
  test.each(cuts)("%s", async (_, length) => {
    const address = await fakeStatsSocket((socket) => socket.end(completeText.slice(0, length)));
    await expect(poll(address)).rejects.toMatchObject({ code: "HAPROBE_STATS_TRUNCATED" });
  });

  test("a connection that is reset in the middle", async () => {
    const listener = createServer((socket) => socket.write(completeText.slice(0, 100), () => socket.resetAndDestroy()));
    open.add(listener);
    await once(listener.listen(0, "127.0.0.1"), "listening");
    await expect(poll({ kind: "tcp", host: "127.0.0.1", port: portOf(listener) })).rejects.toMatchObject({
      code: "HAPROBE_STATS_TRUNCATED",
    });
  });

  test("the same answer, whole, is read", async () => {
    await expect(poll(await fakeStatsSocket((socket) => socket.end(completeText)))).resolves.toMatchObject({
      kind: "read",
    });
  });
});

describe("an answer of something else", () => {
  const info = completeText.slice(0, completeText.indexOf("\n\n") + 2);
  test.each([
    [
      "HAPROBE_STATS_NOT_HAPROXY",
      "a web server",
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html></html>\n\n",
    ],
    ["HAPROBE_STATS_NOT_HAPROXY", "a table without the columns", `${info}1\n# be_id\n\n# pxname,svname,\nb,s,\n\n`],
    ["HAPROBE_STATS_NOT_HAPROXY", "something between the parts", `${info}1\n# be_id\n\nhello\n\n`],
    ["HAPROBE_STATS_NOT_HAPROXY", "an info without a pid", completeText.replace(/Pid: .*\n/, "")],
    [
      "HAPROBE_STATS_UNKNOWN_COMMAND",
      "a master socket",
      "Unknown command: 'show info', but maybe one of the following ones is a better match:\n\n",
    ],
    ["HAPROBE_STATS_UNKNOWN_COMMAND", "2.2", "Unknown command. Please enter one of the following commands only :\n\n"],
    ["HAPROBE_STATS_UNKNOWN_COMMAND", "a later part", `${info}Unknown command, but maybe …\n\n`],
    ["HAPROBE_STATS_PERMISSION_DENIED", "a forbidden part", `${info}Permission denied\n\n`],
    ["HAPROBE_STATS_PERMISSION_DENIED", "everything forbidden", "Permission denied\n\n"],
  ])("%s: %s", async (code, _, text) => {
    await expect(poll(await fakeStatsSocket((socket) => socket.end(text)))).rejects.toMatchObject({ code });
  });
});

test("an answer without an end is cut off at the limit", async () => {
  const address = await fakeStatsSocket((socket) => {
    const more = (): void => {
      while (socket.write("x".repeat(10_000)));
    };
    socket.on("drain", more);
    more();
  });
  await expect(fetchStats(address, { maxBytes: 50_000 })).rejects.toMatchObject({
    code: "HAPROBE_STATS_TOO_LARGE",
    message: expect.stringContaining("50000 bytes"),
  });
});

describe("a server that goes silent", () => {
  test("has the whole exchange, not each byte, to answer in", async () => {
    const clock = new FakeClock();
    const received = Promise.withResolvers<void>();
    const address = await fakeStatsSocket((socket) => socket.write("Name: ", () => received.resolve()));
    const asked = fetchStats(address, { clock, timeoutMs: 5_000 });
    const outcome = expect(asked).rejects.toMatchObject({
      code: "HAPROBE_STATS_TIMED_OUT",
      message: expect.stringMatching(/no answer within 5000 ms \(connected, 6 bytes received\)/),
    });
    await received.promise;
    await clock.advance(4_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    await outcome;
    expect(clock.pending).toBe(0);
  });

  test("is left at once when asked to stop, with the reason given, and the connection is gone", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const connected = Promise.withResolvers<Socket>();
    const asked = fetchStats(await fakeStatsSocket((socket) => connected.resolve(socket)), {
      clock,
      signal: stop.signal,
    });
    const socket = await connected.promise;
    const closed = once(socket, "close");
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await closed;
    expect(clock.pending).toBe(0);
    await expect(fetchStats({ kind: "unix", path: "/nowhere" }, { signal: stop.signal })).rejects.toThrow("enough");
  });
});

describe("a way that does not exist", () => {
  test("a socket file that is missing", async () => {
    await expect(fetchStats({ kind: "unix", path: join(dir, "no.sock") })).rejects.toMatchObject({
      code: "HAPROBE_STATS_SOCKET_MISSING",
      message: `there is no file ${join(dir, "no.sock")}`,
    });
  });

  test("a socket file that was left behind: nobody listens", async () => {
    const path = join(dir, "stale.sock");
    await writeFile(path, "");
    await expect(fetchStats({ kind: "unix", path })).rejects.toMatchObject({ code: "HAPROBE_STATS_REFUSED" });
  });

  test("a TCP port on which nobody listens, IPv4 or IPv6", async () => {
    const listener = createServer();
    await once(listener.listen(0, "127.0.0.1"), "listening");
    const port = portOf(listener);
    listener.close();
    await once(listener, "close");
    await expect(fetchStats({ kind: "tcp", host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "HAPROBE_STATS_REFUSED",
      message: `nobody listens on 127.0.0.1:${port}`,
    });
  });

  test("a path that is too long for a socket, or a directory", async () => {
    await expect(fetchStats({ kind: "unix", path: join(dir, "x".repeat(200)) })).rejects.toMatchObject({
      code: expect.stringMatching(/^HAPROBE_STATS_(UNREACHABLE|SOCKET_MISSING)$/),
    });
    await expect(fetchStats({ kind: "unix", path: dir })).rejects.toMatchObject({ code: "HAPROBE_STATS_REFUSED" });
  });

  test.runIf(process.getuid?.() !== 0)("a socket that we may not open", async () => {
    const address = await fakeStatsSocket(() => {});
    await chmod(join(dir, "s.sock"), 0o000);
    await expect(fetchStats(address)).rejects.toMatchObject({ code: "HAPROBE_STATS_FORBIDDEN" });
  });

  test("a UNIX socket whose queue is full says EAGAIN", async () => {
    const path = join(dir, "full.sock");
    const listener = createServer();
    open.add(listener);
    await once(listener.listen({ path, backlog: 1 }), "listening");
    // Nobody takes connections out of the queue while this process does not return to its loop.
    const outcomes = Array.from({ length: 8 }, () =>
      fetchStats({ kind: "unix", path }, { timeoutMs: 100 }).catch((error) => error.code),
    );
    expect(await Promise.all(outcomes)).toContain("HAPROBE_STATS_BUSY");
  });

  test.each([
    ["EACCES", "HAPROBE_STATS_FORBIDDEN"],
    ["EPERM", "HAPROBE_STATS_FORBIDDEN"],
    ["EAGAIN", "HAPROBE_STATS_BUSY"],
    ["ENOENT", "HAPROBE_STATS_SOCKET_MISSING"],
    ["ECONNREFUSED", "HAPROBE_STATS_REFUSED"],
    ["ETIMEDOUT", "HAPROBE_STATS_TIMED_OUT"],
    ["ECONNRESET", "HAPROBE_STATS_TRUNCATED"],
    ["EPIPE", "HAPROBE_STATS_TRUNCATED"],
    ["ENOTFOUND", "HAPROBE_STATS_UNREACHABLE"],
    ["EHOSTUNREACH", "HAPROBE_STATS_UNREACHABLE"],
  ] as const)("%s is %s", (system, code) => {
    const cause = Object.assign(new Error("connect failed"), { code: system });
    expect(connectionError(cause, "/run/s.sock", 0)).toMatchObject({
      code,
      cause,
      message: expect.stringContaining("/run/s.sock"),
    });
  });

  test("the remedy for a forbidden socket is a line to paste", () => {
    expect(ERROR_REMEDIES.HAPROBE_STATS_FORBIDDEN).toContain("usermod -aG haproxy <user>");
  });
});

test("TCP, IPv6 in brackets in what is said of it", async () => {
  await expect(fetchStats({ kind: "tcp", host: "::1", port: 1 })).rejects.toMatchObject({
    message: expect.stringContaining("[::1]:1"),
  });
});
