import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { cellsOf, tableAfter } from "../docs/markdown.ts";
import { haproxyBinaries, startHaproxy } from "../support/real-haproxy.ts";
import { HTTP_FORMS, type HttpForm } from "./http-forms.ts";
import { makeTarget } from "./make-target.ts";
import { probeTarget } from "./probe-target.ts";
import { type RawServer, startRawServer } from "./raw-server.ts";

const OUTCOMES: Readonly<Record<HttpForm["haprobe"], Partial<RawProbeResult>>> = {
  passed: { outcome: "passed", fault: null, httpStatus: 200, body: "ok" },
  unknown: { outcome: "failed", kind: "protocol-error", fault: "probe-cannot-speak", httpStatus: 200 },
  failed: { outcome: "failed", kind: "protocol-error", fault: "probe-protocol-error", httpStatus: null },
};

const servers: RawServer[] = [];
beforeAll(async () => {
  for (const { bytes } of HTTP_FORMS)
    servers.push(await startRawServer((socket) => socket.end(Buffer.from(bytes, "latin1"))));
});
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

const ROWS = HTTP_FORMS.map((form, place) => [form.name, form, place] as const);

/** In as many reads as a response may have, and the rest at once. */
async function sendByteByByte(socket: Socket, bytes: string): Promise<void> {
  const slow = bytes.slice(0, 40);
  socket.setNoDelay(true);
  for (const byte of slow) {
    socket.write(Buffer.from(byte, "latin1"));
    await new Promise(setImmediate);
  }
  socket.end(Buffer.from(bytes.slice(slow.length), "latin1"));
}

describe("our probe", () => {
  test.each(ROWS)("%s", async (_name, form, place) => {
    // RTSP is named, but its status is none of HTTP.
    const status = form.name === "RTSP" ? { httpStatus: null } : {};
    const wanted = { ...OUTCOMES[form.haprobe], ...status };
    expect(await probeTarget(makeTarget({ port: servers[place]?.port ?? 0 }))).toMatchObject(wanted);
  });

  test.each(ROWS.filter(([name, { haprobe }]) => haprobe !== "failed" && name !== "RTSP"))(
    "%s: a 500 fails all the same",
    async (_name, form) => {
      const bytes = Buffer.from(form.bytes.replace(" 200", " 500"), "latin1");
      await using server = await startRawServer((socket) => socket.end(bytes));
      const result = await probeTarget(makeTarget({ port: server.port }));
      expect(result).toMatchObject({ fault: "probe-answered-unhealthy", httpStatus: 500 });
    },
  );

  test.each(ROWS)("%s: read alike where it comes byte by byte", async (_name, form) => {
    await using server = await startRawServer((socket) => void sendByteByByte(socket, form.bytes));
    const { outcome } = await probeTarget(makeTarget({ port: server.port }));
    expect(outcome).toBe(form.haprobe === "passed" ? "passed" : "failed");
  });
});

describe.each(haproxyBinaries())("the check of $name", ({ binary }) => {
  test("reads each form as the table says, and every one that our probe passes", async () => {
    const config = [
      "defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n  timeout check 1s",
      "backend forms\n  option httpchk GET /\n  http-check expect status 200",
      "  default-server check inter 200ms fall 1 rise 1",
      ...servers.map(({ port }, place) => `  server s${place} 127.0.0.1:${port}`),
    ].join("\n");
    await using haproxy = await startHaproxy({ config, ...(binary === undefined ? {} : { binary }) });
    const statuses = async (): Promise<readonly string[]> => {
      const [header = "", ...rows] = (await haproxy.command("show stat forms 4 -1")).split("\n");
      const columns = header.slice(2).split(",");
      const fields = rows.filter((row) => row.startsWith("forms,")).map((row) => row.split(","));
      return fields.map((row) => row[columns.indexOf("check_status")] ?? "");
    };
    let read = await statuses();
    for (; read.some((status) => /INI|\*/.test(status)); read = await statuses()) await pause(20);
    const accepted = read.map((status) => (status === "L7OK" ? "200" : "refused"));
    expect(HTTP_FORMS.map(({ name, haproxy: says }, place) => [name, says ?? accepted[place]])).toEqual(
      HTTP_FORMS.map(({ name }, place) => [name, accepted[place]]),
    );
    expect(HTTP_FORMS.filter(({ haprobe, haproxy: says }) => haprobe === "passed" && says !== "200")).toEqual([]);
  });
});

test("the documentation has a row for each form, with what HAProxy and our probe make of it", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/http-responses.md"), "utf8");
  const rows = tableAfter(page, "## Forms").map((row) => {
    const [name, haproxy, , , haprobe] = cellsOf(row);
    return [name, haproxy === "200" || haproxy === "refused" ? haproxy : null, haprobe];
  });
  expect(rows).toEqual(HTTP_FORMS.map(({ name, haproxy, haprobe }) => [name, haproxy, haprobe]));
});
