import { promisify } from "node:util";
import { brotliCompress, gzip, zstdCompress } from "node:zlib";
import request from "supertest";
import { describe, expect, test } from "vitest";
import type { AccessGuard } from "../../server/access/access-guard.ts";
import { FULL_VISIBILITY } from "../../server/access/visibility.ts";
import { ANONYMOUS } from "../../server/access/admit.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { IngestOutcome, IngestRequest } from "../../server/contract/ingest.ts";
import type { VerdictStored } from "../../server/contract/store.ts";
import { serverStatus } from "../support/sample-alerts.ts";
import { CP_1, FALSE_UP, verdict } from "../store/sample-batches.ts";
import { createTestApp } from "./test-app.ts";

const UUID = "0f6b5a3e-0000-4000-8000-000000000001";
const SENDER = { site: "default", vantage: "host-a" };

const AT = "2026-11-28T10:00:00.000Z";
const INSTANCE = {
  name: "lb-1",
  site: "default",
  stats: "unix:/run/haproxy.sock",
  state: "ok",
  version: "2.6.12-1+deb12u2",
  pid: 10,
  startedAt: AT,
  servers: 1,
  lastPollAt: AT,
  pollDurationMs: 1.5,
  everyMs: 1_000,
  error: null,
};
const ERROR = { code: "HAPROXY_UNREACHABLE", message: "connection refused", remedy: "Start HAProxy.", at: AT };
const SERVER = serverStatus({ ...CP_1, key: "lb-1/k8s-api/cp-1" });
const FINDING = {
  id: "check-blind/lb-1/k8s-api",
  code: "check-blind",
  subject: { instance: "lb-1", backend: "k8s-api", server: null },
  sentence: "Every server of k8s-api is checked no further than its port",
  advice: "option httpchk GET /readyz",
  since: AT,
  vantages: [],
};

function ingestBody(fields: Partial<IngestRequest> = {}): IngestRequest {
  const events = [verdict(1), verdict(2, { judgement: FALSE_UP })];
  const position = {
    ...SENDER,
    logId: UUID,
    writer: UUID,
    takesOver: true,
    firstSeq: 1,
    lastSeq: 2,
    sentAt: Date.now(),
  };
  return { version: 1, position, events, hasGap: false, ...fields };
}

/** The app of a hub that admits the vantage host-a. */
function createHub(outcome: IngestOutcome = { kind: "applied", seq: 2 }) {
  const taken: IngestRequest[] = [];
  const access: AccessGuard = {
    checkHost: () => ({ ok: true }),
    checkOrigin: () => ({ ok: true }),
    checkWrite: () => ({ ok: true }),
    admit: async () => ({ ok: true, principal: { ...ANONYMOUS, vantage: SENDER }, isHeld: () => true }),
    describeSender: () => Promise.reject(new Error("not asked")),
    visibilityOf: () => FULL_VISIBILITY,
    dependsOnSender: true,
  };
  const ingest = {
    ingest: (body: IngestRequest) => {
      taken.push(body);
      return Promise.resolve(outcome);
    },
  };
  const { app } = createTestApp([], { access, ingest });
  const post = (body: Buffer | string, encoding = "identity") =>
    request(app)
      .post("/api/v1/ingest")
      .set({ "content-type": "application/json", "content-encoding": encoding })
      .serialize((value) => value as unknown as string)
      .send(body as string);
  return { taken, post, send: (value: unknown) => post(JSON.stringify(value)) };
}

describe("POST /api/v1/ingest", () => {
  test.each([
    ["gzip", promisify(gzip)],
    ["br", promisify(brotliCompress)],
    ["zstd", promisify(zstdCompress)],
  ] as const)("takes a request packed with %s", async (encoding, pack) => {
    const { taken, post } = createHub();
    const body = ingestBody();
    await post(await pack(Buffer.from(JSON.stringify(body))), encoding).expect(200, { seq: 2 });
    expect(taken).toEqual([body]);
  });

  test("refuses a small body that unpacks to a large one, and unpacks no more than the bound", async () => {
    const bomb = await promisify(zstdCompress)(Buffer.alloc(64 * BOUNDS.ingestUnpackedMaxBytes));
    expect(bomb.length).toBeLessThan(BOUNDS.ingestMaxBytes);
    const { taken, post } = createHub();
    await post(bomb, "zstd").expect(413);
    // Its end is missing, which only a reader of the whole would find.
    await post(bomb.subarray(0, -8), "zstd").expect(413);
    expect(taken).toEqual([]);
  });

  test("refuses another encoding, what cannot be unpacked, and what is no JSON", async () => {
    const { post, taken } = createHub();
    await post("{}", "compress").expect(415);
    await post("no zstd", "zstd").expect(400);
    await post("{", "identity").expect(400);
    expect(taken).toEqual([]);
  });

  test.each<[string, IngestOutcome, number, object]>([
    ["a gap", { kind: "gap", expectedSeq: 9 }, 409, { expectedSeq: 9 }],
    ["a log that was replaced", { kind: "superseded" }, 409, { superseded: true }],
    ["a database that is away", { kind: "later", retryInMs: 1_500, detail: "Not now." }, 503, { detail: "Not now." }],
    ["another site", { kind: "refused", detail: "No.", isContent: true }, 400, { detail: "No." }],
    ["another vantage", { kind: "refused", detail: "No.", isContent: false }, 403, { detail: "No." }],
  ])("answers %s", async (_what, outcome, status, members) => {
    const { body, headers } = await createHub(outcome).send(ingestBody()).expect(status);
    expect(body).toMatchObject(members);
    if (status === 503) expect(headers["retry-after"]).toBe("2");
  });

  const name = "x".repeat(BOUNDS.ingestNameChars + 1);
  const text = "x".repeat(BOUNDS.ingestTextChars + 1);
  const only = verdict(1);
  const one = (event: object) =>
    ingestBody({ events: [event as never], position: { ...ingestBody().position, lastSeq: 1 } });
  const at = (fields: object) => ingestBody({ position: { ...ingestBody().position, ...fields } });

  const withStatus = (fields: object) => ({
    ...ingestBody(),
    status: { version: "1", instances: [], isBlind: false, ...fields },
  });

  test("takes what a vantage says of itself", async () => {
    const { taken, send } = createHub();
    const silent = { ...INSTANCE, name: "lb-2", state: "failing", error: ERROR };
    const body = withStatus({ instances: [INSTANCE, silent], findings: [FINDING] });
    await send(body).expect(200);
    expect(taken).toEqual([body]);
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["another version", { ...ingestBody(), version: 2 }],
    ["an unknown field", { ...ingestBody(), more: 1 }],
    ["a log without a UUID", at({ logId: "log" })],
    ["a number below 1", at({ firstSeq: 0 })],
    ["an end before the begin", at({ firstSeq: 5, lastSeq: 2 })],
    ["fewer events than numbers", at({ lastSeq: 3 })],
    ["a number twice", ingestBody({ events: [only, only] })],
    ["too many events", ingestBody({ events: Array.from({ length: BOUNDS.forwardEventsMax + 1 }, () => only) })],
    ["an unknown type", one({ ...only, type: "incident-opened" })],
    ["a long name", one({ ...only, server: { ...CP_1, backend: name } })],
    ["a name with a NUL", one({ ...only, server: { ...CP_1, backend: "a\0b" } })],
    ["a long text", one({ ...only, judgement: { ...FALSE_UP, sentence: text } })],
    ["a word of markup", one({ ...only, judgement: { ...FALSE_UP, tone: "<b>" } })],
    ["a long server object", one({ ...only, body: "x".repeat(BOUNDS.ingestBodyChars + 1) })],
    ["a time after the year 2100", one({ ...only, at: 5e12 })],
    ["a port beyond 65535", one({ ...only, address: { network: "a", host: "b", port: 65_536 } })],
    ["a count below zero", one({ type: "traffic-counted", seq: 1, at: 1, server: CP_1, fault: "f", traffic: -1 })],
    ["a finding in the name of other vantages", withStatus({ findings: [{ ...FINDING, vantages: [SENDER] }] })],
    ["a finding of an unknown code", withStatus({ findings: [{ ...FINDING, code: "x" }] })],
    ["a long sentence of a finding", withStatus({ findings: [{ ...FINDING, sentence: text }] })],
    ["a long advice", withStatus({ findings: [{ ...FINDING, advice: "x".repeat(BOUNDS.ingestAdviceChars + 1) }] })],
    [
      "too many findings",
      withStatus({ findings: Array.from({ length: BOUNDS.vantageFindingsMax + 1 }, () => FINDING) }),
    ],
    ["a long name of an instance", withStatus({ instances: [{ ...INSTANCE, name }] })],
    ["a long error of an instance", withStatus({ instances: [{ ...INSTANCE, error: { ...ERROR, message: text } }] })],
    ["an unknown field of an instance", withStatus({ instances: [{ ...INSTANCE, more: 1 }] })],
    ["a broken status", { ...ingestBody(), status: { version: "1", instances: [{}], isBlind: false } }],
  ])("refuses %s", async (_what, body) => {
    const { taken, send } = createHub();
    await send(body).expect(400);
    expect(taken).toEqual([]);
  });

  test("leaves out a server object that is none, or that of another server", async () => {
    const { taken, send } = createHub();
    await send(one({ ...only, body: '{"key":"lb-9/other/cp-1"}' })).expect(200);
    expect(taken[0]?.events[0]).toMatchObject({ body: null });
  });

  test("takes of a server object what it knows: no unknown field, however deep, and no prototype", async () => {
    const { taken, send } = createHub();
    const deep = "[".repeat(5_000) + "]".repeat(5_000);
    const known = JSON.stringify(SERVER);
    const hostile = known
      .replace(/^\{/, `{"more":${deep},"__proto__":{"tone":"ok"},`)
      .replace('"haproxy":{', `"haproxy":{"more":${deep},"__proto__":{"tone":"ok"},`);
    await send(one({ ...only, body: hostile })).expect(200);
    await send(one({ ...only, body: known })).expect(200);
    const [stripped, plain] = taken.map(({ events }) => (events[0] as VerdictStored).body);
    expect(stripped?.length).toBe(known.length);
    expect(JSON.parse(stripped ?? "")).toEqual(SERVER);
    expect(plain).toBe(stripped);
  });

  test("leaves out a server object with a command that a reader must not paste", async () => {
    const { taken, send } = createHub();
    const evidence = { key: "lb-1/k8s-api/cp-1", row: [], probe: null, curl: null, socat: null };
    const bodyWith = (fields: object) => JSON.stringify({ ...SERVER, evidence: { ...evidence, ...fields } });
    await send(one({ ...only, body: bodyWith({ curl: "curl -sSig 'http://a/'" }) })).expect(200);
    await send(one({ ...only, body: bodyWith({ curl: "curl -sSig 'http://a/'; reboot" }) })).expect(200);
    await send(one({ ...only, body: bodyWith({ socat: "reboot" }) })).expect(200);
    expect(taken.map(({ events }) => (events[0] as VerdictStored).body !== null)).toEqual([true, false, false]);
  });

  test.each<[string, object, boolean]>([
    ["the judge's", { command: "set server k8s-api/cp-1 health up", undo: null }, true],
    [
      "the judge's that has it unchecked",
      {
        command: "set server k8s-api/cp-1 health up; disable health k8s-api/cp-1",
        undo: "enable health k8s-api/cp-1",
      },
      true,
    ],
    ["the judge's to a check", { command: "set server k8s-api/cp-1 check-addr fd00::1 port 80", undo: null }, true],
    ["another server's", { command: "set server k8s-api/cp-2 health up", undo: null }, false],
    ["another change", { command: "set server k8s-api/cp-1 state maint", undo: null }, false],
    ["a shell's", { command: "set server k8s-api/cp-1 health up; $(reboot)", undo: null }, false],
    ["two lines'", { command: "set server k8s-api/cp-1 check-addr ::1 port 80\nshutdown", undo: null }, false],
    [
      "another undo's",
      { command: "set server k8s-api/cp-1 health up; disable health k8s-api/cp-1", undo: "shutdown" },
      false,
    ],
  ])("of a false-down's commands %s is kept: %o", async (_what, commands, isKept) => {
    const { taken, send } = createHub();
    await send(one({ ...only, body: JSON.stringify({ ...SERVER, restore: { note: "", ...commands } }) })).expect(200);
    const [event] = taken.flatMap(({ events }) => events as VerdictStored[]);
    expect(event?.body != null).toBe(isKept);
  });

  test("takes a server object of a version that has no command for a false-down", async () => {
    const { taken, send } = createHub();
    await send(one({ ...only, body: JSON.stringify({ ...SERVER, restore: undefined }) })).expect(200);
    const [event] = taken.flatMap(({ events }) => events as VerdictStored[]);
    expect(JSON.parse(event?.body ?? "")).toEqual({ ...SERVER, restore: null });
  });

  test("takes one request of a vantage at a time", async () => {
    const { promise, resolve } = Promise.withResolvers<IngestOutcome>();
    const hub = createHub(promise as never);
    const first = hub.send(ingestBody()).then((response) => response.status);
    await expect.poll(() => hub.taken.length).toBe(1);
    const second = await hub.send(ingestBody()).expect(429);
    expect(second.headers["retry-after"]).toBe("1");
    resolve({ kind: "applied", seq: 2 });
    expect(await first).toBe(200);
  });

  test("is not there on a haprobe that is no hub", async () => {
    const { app } = createTestApp([], {
      access: {
        ...createTestApp([]).parts.access,
        admit: async () => ({ ok: true, principal: { ...ANONYMOUS, vantage: SENDER }, isHeld: () => true }),
      },
    });
    const { status } = await request(app).post("/api/v1/ingest").send(ingestBody());
    expect(status).toBe(404);
  });
});
