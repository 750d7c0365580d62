import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { parseShowProc } from "../../server/haproxy/show-proc.ts";
import { frameResponse, type FakeHaproxy, startFakeHaproxy } from "./fake-haproxy.ts";
import { PollerRecorder } from "./poller-recorder.ts";
import { backendRow, type StatRow, serverRow, renderResponseText } from "./rendered-response.ts";

let fake: FakeHaproxy;
beforeAll(async () => {
  fake = await startFakeHaproxy();
});
afterAll(() => fake[Symbol.asyncDispose]());

const header = "#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>\n";

describe("`show proc`", () => {
  const master = "1162            master          0               5               0d00h02m07s     2.2.0\n";
  test.each<[string, string, number]>([
    ["one worker", `${header}${master}# workers\n1271 worker 1 0 0d00h00m00s 2.2.0\n# old workers\n# programs\n\n`, 1],
    [
      "old workers are not counted",
      `${header}${master}# workers\n1271 worker 1 0 0d00h00m00s 2.2.0\n# old workers\n1233 worker [was: 1] 3 0d00h00m43s 2.2.0\n# programs\n\n`,
      1,
    ],
    [
      "several, with nbproc",
      `${header}${master}# workers\n1271 worker 1 0 0d00h00m00s 2.2.0\n1272 worker 2 0 0d00h00m00s 2.2.0\n# programs\n1244 echo 0 0d00h00m29s -\n\n`,
      2,
    ],
    ["none", `${header}${master}# workers\n# programs\n\n`, 0],
  ])("%s", (_, text, workers) => {
    expect(parseShowProc(Buffer.from(`${text}Name: HAProxy\n`))).toEqual({
      workerCount: workers,
      endOffset: text.length,
    });
  });

  test("a list that is longer than any is none", () => {
    const workers = "1271 worker 1 0 0d00h00m00s 2.2.0\n".repeat(BOUNDS.showInfoMaxBytes / 32);
    expect(parseShowProc(Buffer.from(`${header}${master}# workers\n${workers}# programs\n\n`))).toBeNull();
  });

  test("other text is none", () => {
    expect(parseShowProc(Buffer.from("Unknown command: 'show'\n\n"))).toBeNull();
    expect(parseShowProc(Buffer.from(header))).toBeNull();
  });
});

describe("a master", () => {
  test("gets each command with its own prefix, on a connection that is half-closed", async () => {
    const lines: string[] = [];
    const address = await fake.listen("unix-master", (socket, line) => {
      lines.push(line);
      socket.on("end", () =>
        socket.end(
          frameResponse("unix-master", renderResponseText({ rows: [serverRow("s1", 1)], serverStates: [] })),
          "latin1",
        ),
      );
      socket.resume();
    });
    await using recorder = new PollerRecorder(address);
    await recorder.waitForSnapshot(() => true);
    expect(lines[0]).toBe("show proc;@1 show info;@1 show servers state;@1 show stat -1+ 6 -1\n");
  });

  test("of several workers gives the servers of all; the first row of a server counts", async () => {
    const proc = `${header}1 master 0 0 0d 2.2.0\n# workers\n2 worker 1 0 0d 2.2.0\n3 worker 2 0 0d 2.2.0\n# programs\n\n`;
    const other = { pxname: "c", iid: 3 };
    const rowsOf: readonly (readonly StatRow[])[] = [
      [serverRow("s1", 1, { addr: "10.0.0.1:80", stot: 5 }), backendRow(5)],
      [
        serverRow("s1", 1, { addr: "10.0.0.1:80", stot: 9 }),
        backendRow(9),
        serverRow("x", 1, { ...other, addr: "10.0.0.3:80" }),
        backendRow(1, other),
      ],
    ];
    const address = await fake.listen("unix-master", (socket, line) => {
      const worker = Number(/@(\d)/.exec(line)?.[1]) - 1;
      const text = renderResponseText({
        pid: 2 + worker,
        rows: rowsOf[worker] ?? [],
        ...(line.includes("servers state")
          ? { serverStates: [{ sid: 1, name: "s1", addr: "10.0.0.1", port: 80 }] }
          : {}),
      });
      socket.end(worker === 0 ? proc + text : text);
    });
    await using recorder = new PollerRecorder(address);
    const snapshot = await recorder.waitForSnapshot(() => recorder.snapshots.length > 2);
    expect(recorder.failures).toEqual([]);
    expect(snapshot.info?.pid).toBe(2);
    expect(snapshot.servers.map((view) => [view.backend, view.server, view.sessionsTotal])).toEqual([
      ["b", "s1", 5],
      ["c", "x", 0],
    ]);
    expect(snapshot.backends.map((view) => [view.backend, view.sessionsTotal])).toEqual([
      ["b", 5],
      ["c", 1],
    ]);
  });

  test.each([
    [
      "no row",
      `${header}1 master 0 0 0d 2.6\n# workers\n# programs\n\nCan't find the target PID matching the prefix '@1'\n`,
    ],
    [
      "a row of one that is gone",
      `${header}1 master 0 0 0d 2.6\n# workers\n2 worker 1 0 0d 2.6\n\nCan't find the target PID matching the prefix '@1'\n`,
    ],
  ])("without a worker is an error: %s", async (_, text) => {
    const address = await fake.listen("unix-master", (socket) => void socket.end(text));
    await using recorder = new PollerRecorder(address);
    expect(await recorder.failure()).toMatchObject({ code: "HAPROBE_STATS_NO_WORKER" });
  });
});
