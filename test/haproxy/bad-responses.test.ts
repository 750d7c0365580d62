import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { StatsAddress } from "../../server/contract/settings.ts";
import type { ErrorCode } from "../../server/errors.ts";
import { createPoller, type PollFailure } from "../../server/haproxy/poller.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  frameResponse,
  isStatsPage,
  type FakeHaproxy,
  startFakeHaproxy,
  TRANSPORTS,
  type Transport,
  completeResponse,
} from "./fake-haproxy.ts";
import { instanceWithStats, PollerRecorder } from "./poller-recorder.ts";
import { backendRow, serverRow, renderResponseText } from "./rendered-response.ts";

let fake: FakeHaproxy;
beforeAll(async () => {
  fake = await startFakeHaproxy();
});
afterAll(() => fake[Symbol.asyncDispose]());

const rows = [
  serverRow("s1", 1, { addr: "10.0.0.1:80" }),
  serverRow("s2", 2, { addr: "10.0.0.2:80", status: "DOWN" }),
  backendRow(3),
];
const completeText = renderResponseText({ rows, serverStates: [] });
const withoutState = renderResponseText({ rows });
const table = completeText.slice(completeText.indexOf("# pxname"));
const head = completeText.slice(0, -table.length);

/** Responds to each request with this text, and closes. */
function respondWith(text: string): (socket: Socket) => void {
  return (socket) => void socket.end(text, "latin1");
}

async function failureOf(address: StatsAddress): Promise<PollFailure> {
  await using recorder = new PollerRecorder(address);
  const failure = await recorder.failure();
  expect(recorder.snapshots, "no wrong snapshot").toEqual([]);
  expect(failure.message).not.toMatch(/hunter2|b3Bz/);
  return failure;
}

/** The table of a page, or a Runtime API response with this table. */
function withTable(transport: Transport, text: string): string {
  return frameResponse(transport, isStatsPage(transport) ? text.replace(/\n$/, "") : head + text);
}

interface Case {
  readonly name: string;
  readonly render: (transport: Transport) => string;
  readonly code: ErrorCode;
  /** The code for a page, where its headers differ. */
  readonly onPage?: ErrorCode;
}

const lines = table.split("\n");
const CASES: readonly Case[] = [
  { name: "no byte", render: () => "", code: "HAPROBE_STATS_TRUNCATED" },
  { name: "an empty body", render: (transport) => frameResponse(transport, ""), code: "HAPROBE_STATS_TRUNCATED" },
  {
    name: "a truncated response",
    render: (transport) => completeResponse(transport, completeText).slice(0, -60),
    code: "HAPROBE_STATS_TRUNCATED",
  },
  {
    name: "a table that ends after its first row",
    render: (transport) => withTable(transport, `${lines[0]}\n${lines[1]}`),
    code: "HAPROBE_STATS_TRUNCATED",
  },
  {
    name: "a JSON body",
    render: (transport) =>
      frameResponse(transport, '[{"objType":"Server","field":{"name":"pxname"}}]\n\n', "application/json"),
    code: "HAPROBE_STATS_NOT_HAPROXY",
    onPage: "HAPROBE_STATS_NOT_CSV",
  },
  {
    name: "a JSON body with the content type of text",
    render: (transport) => frameResponse(transport, '{"status":"UP"}\n\n'),
    code: "HAPROBE_STATS_NOT_HAPROXY",
  },
  {
    name: "HTML with status 200",
    render: (transport) =>
      frameResponse(transport, "<!DOCTYPE html><html><body>Statistics</body></html>\n\n", "text/html"),
    code: "HAPROBE_STATS_NOT_HAPROXY",
    onPage: "HAPROBE_STATS_NOT_CSV",
  },
  {
    name: "a response of a web server",
    render: () => "HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\nno\n",
    code: "HAPROBE_STATS_NOT_HAPROXY",
    onPage: "HAPROBE_STATS_NO_PAGE",
  },
  {
    name: "a response of a mail server",
    render: () => "220 mail.example ESMTP\r\n",
    code: "HAPROBE_STATS_NOT_HAPROXY",
  },
  {
    name: "a header without our columns",
    render: (transport) => withTable(transport, "# pxname,svname,status,\nb,s,UP,\n\n"),
    code: "HAPROBE_STATS_NOT_HAPROXY",
  },
  {
    name: "a row that is longer than the header",
    render: (transport) => withTable(transport, `${lines[0]}\n${lines[1]}extra,\n\n`),
    code: "HAPROBE_STATS_NOT_HAPROXY",
  },
  {
    name: "a row that is shorter than the header",
    render: (transport) => withTable(transport, `${lines[0]}\n${(lines[1] ?? "").slice(0, -1)}\n\n`),
    code: "HAPROBE_STATS_TRUNCATED",
  },
  {
    name: "a quote that never ends",
    render: (transport) => withTable(transport, `${lines[0]}\n"b${(lines[1] ?? "").slice(1)}\n\n`),
    code: "HAPROBE_STATS_TRUNCATED",
  },
];
const CLI_CASES: readonly Case[] = [
  {
    name: "an unknown command",
    render: (transport) =>
      frameResponse(transport, "Unknown command: 'show', but maybe one of the following ones is a better match:\n\n"),
    code: "HAPROBE_STATS_UNKNOWN_COMMAND",
  },
  {
    name: "a command that is not permitted",
    render: (transport) => frameResponse(transport, "Permission denied\n\n"),
    code: "HAPROBE_STATS_PERMISSION_DENIED",
  },
];

describe.each(TRANSPORTS)("over %s", (transport) => {
  const cases = isStatsPage(transport) ? CASES : [...CASES, ...CLI_CASES];

  test.each(cases.map((each) => [each.name, each] as const))("%s has an error code", async (_, each) => {
    const address = await fake.listen(transport, respondWith(each.render(transport)));
    const expected = isStatsPage(transport) ? (each.onPage ?? each.code) : each.code;
    expect(await failureOf(address)).toMatchObject({ code: expected });
  });

  test("the complete response is parsed, in packets of any size", async () => {
    const answer = Buffer.from(completeResponse(transport, completeText), "latin1");
    const address = await fake.listen(transport, async (socket) => {
      for (let at = 0; at < answer.length; at += 7) {
        if (!socket.write(answer.subarray(at, at + 7))) await once(socket, "drain");
      }
      socket.end();
    });
    await using recorder = new PollerRecorder(address);
    const snapshot = await recorder.waitForSnapshot(() => true);
    expect(snapshot.servers.map((view) => [view.server, view.state])).toEqual([
      ["s1", "up"],
      ["s2", "down"],
    ]);
  });

  test("any name is valid: an object's member, a slash, UTF-8, HAProxy's own words", async () => {
    const names = ["__proto__", "constructor", "a/b", Buffer.from("café").toString("latin1"), "BACKEND", "-1", "12"];
    const odd = names.flatMap((name, n) => [
      serverRow("BACKEND", 1, { pxname: name, iid: n + 2, addr: "10.0.0.1:80" }),
      serverRow("__proto__", 2, { pxname: name, iid: n + 2, addr: "10.0.0.2:80" }),
      backendRow(n, { pxname: name, iid: n + 2 }),
    ]);
    const address = await fake.listen(
      transport,
      respondWith(completeResponse(transport, renderResponseText({ rows: odd, serverStates: [] }))),
    );
    await using recorder = new PollerRecorder(address);
    const snapshot = await recorder.waitForSnapshot(() => true);
    const wanted = ["__proto__", "constructor", "a/b", "café", "BACKEND", "-1", "12"];
    expect(snapshot.backends.map((view) => view.backend)).toEqual(wanted);
    expect(snapshot.servers.map((view) => `${view.backend} ${view.server} ${view.backend.length}`)).toEqual(
      wanted.flatMap((name) => [`${name} BACKEND ${name.length}`, `${name} __proto__ ${name.length}`]),
    );
    expect(({} as Record<string, unknown>)["backend"], "no prototype is changed").toBeUndefined();
  });

  test.each<[string, string]>([
    ["a missing response", ""],
    ["a response that stops after a few bytes", "first bytes"],
  ])("%s ends at the deadline, and releases socket and timer", async (_, first) => {
    const clock = new FakeClock();
    const requested = Promise.withResolvers<Socket>();
    const address = await fake.listen(transport, (socket) => {
      if (first !== "") socket.write(completeResponse(transport, completeText).slice(0, 50));
      requested.resolve(socket);
    });
    const failed = Promise.withResolvers<PollFailure>();
    const poller = createPoller({
      instance: instanceWithStats(address),
      clock,
      onSnapshot: () => failed.reject(new Error("unexpected snapshot")),
      onFailure: failed.resolve,
    });
    poller.start();
    const socket = await requested.promise;
    // `once` would reject for the reset.
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("end", () => socket.end());
    await clock.advance(BOUNDS.pollTimeoutMs);
    expect(await failed.promise).toMatchObject({ code: "HAPROBE_STATS_TIMED_OUT", at: BOUNDS.pollTimeoutMs });
    socket.resume();
    await closed;
    await poller.stop();
    expect(clock.pending).toBe(0);
  });

  test("a response of one byte per second ends at the same deadline", async () => {
    const clock = new FakeClock();
    const answer = completeResponse(transport, completeText);
    const requested = Promise.withResolvers<Socket>();
    const address = await fake.listen(transport, (socket) => requested.resolve(socket));
    const failed = Promise.withResolvers<PollFailure>();
    const poller = createPoller({
      instance: instanceWithStats(address),
      clock,
      onSnapshot: () => {},
      onFailure: failed.resolve,
    });
    poller.start();
    const socket = await requested.promise;
    for (let second = 0; second < 5; second += 1) {
      await new Promise((resolve) => socket.write(answer[second] ?? "", resolve));
      await clock.advance(1_000);
    }
    expect(await failed.promise).toMatchObject({ code: "HAPROBE_STATS_TIMED_OUT", at: 5_000 });
    await poller.stop();
  });

  test("a response of 200 MB is not read to its end", async () => {
    const piece = Buffer.alloc(1_048_576, "x");
    const closed = Promise.withResolvers<number>();
    const address = await fake.listen(transport, (socket) => {
      let sent = 0;
      socket.on("close", () => closed.resolve(sent));
      socket.write(frameResponse(transport, "").replace("0\r\n\r\n", `${(200 * piece.length).toString(16)}\r\n`));
      const more = (): void => {
        while (sent < 200 * piece.length) {
          sent += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on("drain", more);
      more();
    });
    expect(await failureOf(address)).toMatchObject({ code: "HAPROBE_STATS_TOO_LARGE" });
    expect(await closed.promise).toBeLessThan(BOUNDS.pollResponseMaxBytes * 1.5);
  });

  test("an instance without a response delays no other", async () => {
    await using silent = new PollerRecorder(await fake.listen(transport, () => {}));
    const respond = (request: string): string =>
      completeResponse(
        transport,
        request.includes("show stat") && !request.includes("servers state") ? withoutState : completeText,
      );
    await using good = new PollerRecorder(
      await fake.listen(transport, (socket, request) => void socket.end(respond(request))),
    );
    await good.waitForSnapshot(() => good.snapshots.length > 5);
    expect([silent.snapshots.length, silent.failures.length, good.failures.length]).toEqual([0, 0, 0]);
  });
});

describe("a stats page", () => {
  const page = (status: string, headers: string, body = "") =>
    `HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

  test.each<[ErrorCode, string, string]>([
    ["HAPROBE_STATS_UNAUTHORIZED", "401", page("401 Unauthorized", 'www-authenticate: Basic realm="x"\r\n')],
    ["HAPROBE_STATS_UNAUTHORIZED", "407", page("407 Proxy Authentication Required", "")],
    ["HAPROBE_STATS_PAGE_DENIED", "403", page("403 Forbidden", "content-type: text/html\r\n", "<html>")],
    ["HAPROBE_STATS_NO_PAGE", "404", page("404 Not Found", "")],
    ["HAPROBE_STATS_NO_PAGE", "503 as HTML", page("503 Service Unavailable", "content-type: text/html\r\n", "<html>")],
    ["HAPROBE_STATS_NO_PAGE", "204", page("204 No Content", "")],
    ["HAPROBE_STATS_REDIRECTED", "302", page("302 Found", "location: /login?token=hunter2\r\n")],
    ["HAPROBE_STATS_REDIRECTED", "301 without a location", page("301 Moved", "")],
    [
      "HAPROBE_STATS_ENCODED",
      "gzip that was not requested",
      page("200 OK", "content-type: text/plain\r\ncontent-encoding: gzip\r\n", "\x1f\x8b"),
    ],
    ["HAPROBE_STATS_NOT_CSV", "no content type", page("200 OK", "", table)],
    ["HAPROBE_STATS_NOT_CSV", "HTML", page("200 OK", "content-type: text/html; charset=utf-8\r\n", table)],
    [
      "HAPROBE_STATS_TRUNCATED",
      "a length beyond the body",
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${table.length + 10}\r\n\r\n${table}`,
    ],
    [
      "HAPROBE_STATS_TRUNCATED",
      "HTTP/1.0, which ends by closing: a truncated response would look complete",
      `HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\n${table}`,
    ],
    [
      "HAPROBE_STATS_TRUNCATED",
      "no last chunk",
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n${table.length.toString(16)}\r\n${table}\r\n`,
    ],
    ["HAPROBE_STATS_NOT_HAPROXY", "endless headers", `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(10_000)}`],
  ])("%s: %s", async (code, _, answer) => {
    expect(await failureOf(await fake.listen("http", respondWith(answer)))).toMatchObject({ code });
  });

  test("gets one request, for CSV without refresh and compression, on a connection that closes", async () => {
    let request = "";
    const address = await fake.listen("http", (socket, asked) => {
      request = asked;
      socket.end(completeResponse("http", completeText), "latin1");
    });
    await using recorder = new PollerRecorder(address);
    await recorder.waitForSnapshot(() => true);
    const [line, ...headers] = request.trim().split("\r\n");
    expect(line).toBe("GET /stats;csv;norefresh HTTP/1.1");
    expect(headers.toSorted()).toEqual([
      "accept-encoding: identity",
      "accept: text/plain",
      "authorization: Basic b3BzOmh1bnRlcjI=",
      "connection: close",
      expect.stringMatching(/^host: 127\.0\.0\.1:\d+$/),
      "user-agent: haprobe",
    ]);
  });
});
