import { once } from "node:events";
import { request } from "node:http";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { LogPosition } from "../../server/contract/store.ts";
import { CP_1, FALSE_UP, verdict } from "../store/sample-batches.ts";
import type { HaprobeProcess } from "../support/haprobe-cli.ts";
import { POSTGRES_MISSING, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { freePort } from "../support/real-haproxy.ts";
import { queryDatabase, startHub, testVantage } from "../support/sites.ts";

const WRITER = "0f6b5a3e-0000-4000-8000-00000000000a";
/** The log of the vantage with this number. */
const logOf = (n: number) => `0f6b5a3e-0000-4000-8000-00000000000${n}`;

describe.skipIf(POSTGRES_MISSING !== null)(`a hub's listener${POSTGRES_MISSING ?? ""}`, () => {
  const stack = new AsyncDisposableStack();
  const names = ["replaced", "kept", "slow", "away", "strict"];
  const vantages = names.map((name) => testVantage(name, "fra"));
  let postgres: TestPostgres;
  let database = "";
  let hub: HaprobeProcess;

  beforeAll(async () => {
    const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-ingest-"));
    stack.defer(() => folder.remove());
    postgres = stack.use(await startPostgres());
    database = await postgres.createDatabase();
    hub = stack.use(await startHub({ dir: folder.path, name: "hub", port: await freePort(), database, vantages }));
  });
  afterAll(() => stack.disposeAsync());

  const tokenOf = (name: string) => vantages.find((vantage) => vantage.name === name)?.token ?? "";

  function requestOf(name: string, fields: Partial<LogPosition> = {}) {
    const position = {
      site: "fra",
      vantage: name,
      logId: logOf(names.indexOf(name)),
      writer: WRITER,
      takesOver: false,
      firstSeq: 1,
      lastSeq: 2,
      sentAt: Date.now(),
      ...fields,
    };
    const server = { ...CP_1, site: position.site };
    const events = Array.from({ length: position.lastSeq - position.firstSeq + 1 }, (_, n) =>
      verdict(position.firstSeq + n, { server, ...((position.firstSeq + n) % 2 === 0 ? { judgement: FALSE_UP } : {}) }),
    );
    return { version: 1, position, events, hasGap: false };
  }

  async function post(token: string, body: unknown) {
    const packed = await promisify(zstdCompress)(typeof body === "string" ? body : JSON.stringify(body));
    const answer = await fetch(`${hub.url}/api/v1/ingest`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-encoding": "zstd",
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      },
      body: packed,
    });
    const members = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, retryAfter: answer.headers.get("retry-after"), members };
  }

  test("takes each number once, says which it expects, and keeps a log that was replaced out", async () => {
    const token = tokenOf("replaced");
    const send = (fields?: Partial<LogPosition>) => post(token, requestOf("replaced", fields));
    expect(await send()).toMatchObject({ status: 200, members: { seq: 2 } });
    expect(await send()).toMatchObject({ status: 200, members: { seq: 2 } });
    expect(await send({ firstSeq: 9, lastSeq: 10 })).toMatchObject({ status: 409, members: { expectedSeq: 3 } });
    expect(await send({ firstSeq: 2, lastSeq: 4 })).toMatchObject({ status: 200, members: { seq: 4 } });
    const rows = await queryDatabase(
      database,
      "SELECT verdict_history.seq::int AS seq FROM verdict_history JOIN vantage ON vantage.id = vantage_id WHERE vantage.name = 'replaced' ORDER BY 1",
    );
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(await send({ logId: logOf(9), takesOver: true })).toMatchObject({ status: 200, members: { seq: 2 } });
    expect(await send({ firstSeq: 5, lastSeq: 6 })).toMatchObject({ status: 409, members: { superseded: true } });
  });

  test("lets a token append under the name and the site of its vantage, and nothing else", async () => {
    const own = tokenOf("kept");
    expect(await post("", requestOf("kept"))).toMatchObject({ status: 401 });
    expect(await post("wrong", requestOf("kept"))).toMatchObject({ status: 401 });
    expect(await post(own, requestOf("slow"))).toMatchObject({ status: 403 });
    expect(await post(own, requestOf("kept", { site: "ams" }))).toMatchObject({ status: 403 });
    const foreign = requestOf("kept");
    const events = foreign.events.map((event) => ({ ...event, server: { ...CP_1, site: "ams" } }));
    expect(await post(own, { ...foreign, events })).toMatchObject({ status: 400 });
    expect(await queryDatabase(database, "SELECT 1 FROM vantage WHERE name IN ('kept', 'slow')")).toEqual([]);
    const reads = await fetch(`${hub.url}/api/v1/servers`, { headers: { authorization: `Bearer ${own}` } });
    expect(reads.status, "it is no token for reading").not.toBe(200);
  });

  test("takes one request of a vantage at a time", async () => {
    const body = Buffer.from(JSON.stringify(requestOf("slow")));
    const first = request(`${hub.url}/api/v1/ingest`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${tokenOf("slow")}`,
        "content-type": "application/json",
        "content-length": body.length,
        expect: "100-continue",
      },
    });
    first.flushHeaders();
    await once(first, "continue");
    first.write(body.subarray(0, 10));
    await expect
      .poll(() => post(tokenOf("slow"), requestOf("slow")))
      .toMatchObject({ status: 429, retryAfter: expect.stringMatching(/^\d+$/) as string });
    first.end(body.subarray(10));
    const [answer] = (await once(first, "response")) as [{ statusCode: number; resume: () => void }];
    answer.resume();
    expect(answer.statusCode).toBe(200);
    expect(await post(tokenOf("slow"), requestOf("slow"))).toMatchObject({ status: 200, members: { seq: 2 } });
  });

  test.each<[string, number, unknown]>([
    ["an event too many", 400, requestOf("strict", { lastSeq: BOUNDS.forwardEventsMax + 1 })],
    ["brackets in brackets", 400, `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["objects in objects", 400, `${'{"events":'.repeat(50_000)}1${"}".repeat(50_000)}`],
    ["a prototype", 400, `{"__proto__":{"version":1},${JSON.stringify(requestOf("strict")).slice(1)}`],
    ["a number beyond all bounds", 400, JSON.stringify(requestOf("strict")).replace('"lastSeq":2', '"lastSeq":1e999')],
    ["a body that unpacks to much more", 413, " ".repeat(64 * BOUNDS.ingestUnpackedMaxBytes)],
  ])("refuses %s", async (_what, status, body) => {
    expect(await post(tokenOf("strict"), body)).toMatchObject({ status });
  });

  test("lets no vantage move the log of another one", async () => {
    expect(await post(tokenOf("strict"), requestOf("strict"))).toMatchObject({ status: 200 });
    const stolen = { logId: logOf(names.indexOf("strict")), takesOver: true, firstSeq: 3, lastSeq: 4 };
    expect(await post(tokenOf("kept"), requestOf("kept", stolen))).toMatchObject({
      status: 409,
      members: { superseded: true },
    });
    expect(await post(tokenOf("strict"), requestOf("strict", { firstSeq: 3, lastSeq: 4 }))).toMatchObject({
      status: 200,
      members: { seq: 4 },
    });
  });

  test("asks to come later while its database is away, and takes the same request afterwards", async () => {
    const send = () => post(tokenOf("away"), requestOf("away"));
    await postgres.kill();
    expect(await send()).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) as string });
    await postgres.start();
    await expect.poll(send, { timeout: 30_000, interval: 200 }).toMatchObject({ status: 200, members: { seq: 2 } });
  });
});
