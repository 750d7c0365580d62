import { once } from "node:events";
import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
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
import { runToEnd } from "./run-to-end.ts";
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

/** A stats socket that calls `onLine` for the first line of each connection. */
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

/** Requests and parses, as a poll does. */
async function poll(address: StatsAddress): Promise<unknown> {
  const response = await fetchStats(address);
  return runToEnd(createSnapshotParser("lb").parse(response, { backend: null, serversState: true, wallMs: 0 }));
}

const completeText = renderResponseText({
  rows: [serverRow("s1", 1)],
  serverStates: [{ sid: 1, name: "s1", addr: "10.0.0.1", port: 80 }],
});

test("sends one line, and reads the response to its end, in packets of any size", async () => {
  let line = "";
  const address = await fakeStatsSocket(async (socket, received) => {
    line = received;
    for (const byte of completeText) if (!socket.write(byte)) await once(socket, "drain");
    socket.end();
  });
  const response = await fetchStats(address);
  expect(line).toBe("show info;show servers state;show stat -1+ 6 -1\n");
  expect(response.bytes.toString("latin1")).toBe(completeText);
  expect(response.sentAt).toBeLessThanOrEqual(response.receivedAt - response.connectMs);
});

describe("a truncated response is an error, never a shorter list of servers", () => {
  const cuts: [string, number][] = [
    ["no byte", 0],
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

  test("the complete response is parsed", async () => {
    await expect(poll(await fakeStatsSocket((socket) => socket.end(completeText)))).resolves.toMatchObject({
      kind: "parsed",
    });
  });
});

describe("a response of another program", () => {
  const info = completeText.slice(0, completeText.indexOf("\n\n") + 2);
  test.each<[string, string, string, RegExp?]>([
    [
      "HAPROBE_STATS_NOT_HAPROXY",
      "a web server",
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html></html>\n\n",
    ],
    [
      "HAPROBE_STATS_NOT_HAPROXY",
      "an HTTP server, which the error names",
      "HTTP/1.1 400 Bad request\r\nContent-length: 0\r\n\r\n",
      /it is HTTP; the address of a stats page is `http:/,
    ],
    ["HAPROBE_STATS_NOT_HAPROXY", "a TLS alert, which the error names", "\x15\x03\x03\0\x02\x02\x0a", /`tls:/],
    ["HAPROBE_STATS_NOT_HAPROXY", "a table without the columns", `${info}1\n# be_id\n\n# pxname,svname,\nb,s,\n\n`],
    ["HAPROBE_STATS_NOT_HAPROXY", "other text between the sections", `${info}1\n# be_id\n\nhello\n\n`],
    ["HAPROBE_STATS_NOT_HAPROXY", "a `show info` without a pid", completeText.replace(/Pid: .*\n/, "")],
    [
      "HAPROBE_STATS_UNKNOWN_COMMAND",
      "a master socket",
      "Unknown command: 'show info', but maybe one of the following ones is a better match:\n\n",
    ],
    ["HAPROBE_STATS_UNKNOWN_COMMAND", "2.2", "Unknown command. Please enter one of the following commands only :\n\n"],
    ["HAPROBE_STATS_UNKNOWN_COMMAND", "a later section", `${info}Unknown command, but maybe …\n\n`],
    ["HAPROBE_STATS_PERMISSION_DENIED", "a forbidden section", `${info}Permission denied\n\n`],
    ["HAPROBE_STATS_PERMISSION_DENIED", "everything forbidden", "Permission denied\n\n"],
  ])("%s: %s", async (code, _, text, message = /./) => {
    const address = await fakeStatsSocket((socket) => socket.end(text, "latin1"));
    await expect(poll(address)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

test("an endless response is an error at the limit", async () => {
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

describe("a HAProxy that stops responding", () => {
  test("has one deadline for the whole exchange", async () => {
    const clock = new FakeClock();
    const received = Promise.withResolvers<void>();
    const address = await fakeStatsSocket((socket) => socket.write("Name: ", () => received.resolve()));
    const pending = fetchStats(address, { clock, timeoutMs: 5_000 });
    const outcome = expect(pending).rejects.toMatchObject({
      code: "HAPROBE_STATS_TIMED_OUT",
      message: expect.stringMatching(/no response within 5000 ms \(connected, 6 bytes received\)/),
    });
    await received.promise;
    await clock.advance(4_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    await outcome;
    expect(clock.pending).toBe(0);
  });

  test("is disconnected at once when the signal aborts, with its reason", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const connected = Promise.withResolvers<Socket>();
    const pending = fetchStats(await fakeStatsSocket((socket) => connected.resolve(socket)), {
      clock,
      signal: stop.signal,
    });
    const socket = await connected.promise;
    const closed = once(socket, "close");
    stop.abort(new Error("stopped"));
    await expect(pending).rejects.toThrow("stopped");
    await closed;
    expect(clock.pending).toBe(0);
    await expect(fetchStats({ kind: "unix", path: "/nowhere" }, { signal: stop.signal })).rejects.toThrow("stopped");
  });
});

describe("an address that cannot be connected to", () => {
  test("a socket file that is missing", async () => {
    await expect(fetchStats({ kind: "unix", path: join(dir, "no.sock") })).rejects.toMatchObject({
      code: "HAPROBE_STATS_SOCKET_MISSING",
      message: `${join(dir, "no.sock")}: no such file`,
    });
  });

  test("a socket file without a listener", async () => {
    const path = join(dir, "stale.sock");
    const listener = createServer();
    await once(listener.listen(join(dir, "live.sock")), "listening");
    await rename(join(dir, "live.sock"), path);
    listener.close();
    await expect(fetchStats({ kind: "unix", path })).rejects.toMatchObject({ code: "HAPROBE_STATS_REFUSED" });
  });

  test("a directory or a file in place of a socket, which the error names", async () => {
    const path = join(dir, "file");
    await writeFile(path, "");
    for (const kind of ["unix", "unix-master"] as const) {
      await expect(fetchStats({ kind, path: dir })).rejects.toMatchObject({
        code: "HAPROBE_STATS_SOCKET_MISSING",
        message: `${dir}: it is a directory, not a socket`,
      });
      await expect(fetchStats({ kind, path })).rejects.toMatchObject({
        message: `${path}: it is a file, not a socket`,
      });
    }
  });

  test("a closed TCP port", async () => {
    const listener = createServer();
    await once(listener.listen(0, "127.0.0.1"), "listening");
    const port = portOf(listener);
    listener.close();
    await once(listener, "close");
    await expect(fetchStats({ kind: "tcp", host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "HAPROBE_STATS_REFUSED",
      message: `127.0.0.1:${port}: connection refused`,
    });
  });

  test("a path that is too long for a socket", async () => {
    await expect(fetchStats({ kind: "unix", path: join(dir, "x".repeat(200)) })).rejects.toMatchObject({
      code: expect.stringMatching(/^HAPROBE_STATS_(UNREACHABLE|SOCKET_MISSING)$/),
    });
  });

  test.runIf(process.getuid?.() !== 0)("a socket without permission", async () => {
    const address = await fakeStatsSocket(() => {});
    await chmod(join(dir, "s.sock"), 0o000);
    await expect(fetchStats(address)).rejects.toMatchObject({ code: "HAPROBE_STATS_FORBIDDEN" });
  });

  test("a UNIX socket with a full backlog is busy", async () => {
    const path = join(dir, "full.sock");
    const listener = createServer();
    open.add(listener);
    await once(listener.listen({ path, backlog: 1 }), "listening");
    // The listener accepts no connection before this process returns to its event loop.
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

  test("the remedy for a forbidden socket has a command to paste", () => {
    expect(ERROR_REMEDIES.HAPROBE_STATS_FORBIDDEN).toContain("usermod -aG haproxy <user>");
  });
});

test("an error message has an IPv6 address in brackets", async () => {
  await expect(fetchStats({ kind: "tcp", host: "::1", port: 1 })).rejects.toMatchObject({
    message: expect.stringContaining("[::1]:1"),
  });
});
