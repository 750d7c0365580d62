import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiServer, type ApiServerMode, type ModeName, startApiServer } from "../../demo/stand-in/api-server.ts";
import type { Target } from "../../server/contract/target.ts";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { makeAuthority } from "../support/certificates.ts";
import { probeTarget } from "./probe-target.ts";
import { makeTarget } from "./make-target.ts";

type Row = readonly [rule: string, mode: ApiServerMode | ModeName, path: string, result: Partial<RawProbeResult>];

const ETCD = { outcome: "failed", kind: "answered", stage: "answer", fault: "probe-answered-unhealthy" } as const;
const DENIED = { outcome: "denied", kind: "answered", stage: "answer", fault: "probe-denied" } as const;
const PASSED = { outcome: "passed", kind: "answered", stage: "answer", fault: null, detail: "" } as const;

/** What does not depend on TLS. */
const ROWS: readonly Row[] = [
  ["healthy", "healthy", "/readyz", { ...PASSED, httpStatus: 200, failing: [], body: "ok" }],
  ["healthy with ?verbose", "healthy", "/readyz?verbose", { ...PASSED, httpStatus: 200, failing: [] }],
  ["a dead etcd is named", "etcd", "/readyz", { ...ETCD, httpStatus: 500, failing: ["etcd", "etcd-readiness"] }],
  ["on /healthz etcd has one check", "etcd", "/healthz", { ...ETCD, failing: ["etcd"] }],
  ["starting", "starting", "/readyz", { ...ETCD, failing: ["poststarthook/rbac/bootstrap-roles"] }],
  ["draining says exactly shutdown", "drain", "/readyz", { ...ETCD, failing: ["shutdown"] }],
  ["draining, /livez is still fine", "drain", "/livez", PASSED],
  ["401", "deny-401", "/readyz", { ...DENIED, httpStatus: 401, detail: "401 Unauthorized" }],
  ["403", "deny-403", "/readyz", { ...DENIED, httpStatus: 403, detail: "403 Forbidden" }],
  ["a wanted token that we have not", { kind: "needs-token", token: "t" }, "/readyz", { ...DENIED, httpStatus: 401 }],
  ["a late answer is an answer", { kind: "slow", afterMs: 60 }, "/readyz", PASSED],
  [
    "503 without a list",
    { kind: "status", status: 503, body: "down" },
    "/",
    { ...ETCD, httpStatus: 503, failing: [], detail: "503 Service Unavailable" },
  ],
  [
    "404",
    { kind: "status", status: 404, body: "" },
    "/",
    { outcome: "failed", kind: "answered", fault: "probe-unexpected-status", httpStatus: 404 },
  ],
  [
    "a redirect is not followed",
    { kind: "status", status: 302, body: "", headers: { location: "/login" } },
    "/",
    { outcome: "failed", fault: "probe-unexpected-status", detail: "302 Found, to /login" },
  ],
  [
    "the port is closed",
    "closed",
    "/readyz",
    { outcome: "failed", kind: "refused", stage: "connect", fault: "probe-refused", httpStatus: null },
  ],
  [
    "it reads the request and hangs",
    "hang",
    "/readyz",
    { outcome: "failed", kind: "timed-out", stage: "answer", fault: "probe-timed-out" },
  ],
];

describe.each(["plain", "tls"] as const)("over %s", (over) => {
  let server: ApiServer;
  const to = (path: string, timeoutMs = 5_000): Target =>
    makeTarget({ port: server.port, timeoutMs, probe: { scheme: over === "tls" ? "https" : "http", path } });

  beforeAll(async () => {
    const tls = over === "tls" ? await (await makeAuthority()).issue({ names: ["127.0.0.1"] }) : null;
    server = await startApiServer({ tls });
  });
  afterAll(() => server.close());

  const rows: readonly Row[] = [
    ...ROWS,
    [
      "it accepts and is silent, as after SIGSTOP",
      "mute",
      "/readyz",
      { kind: "timed-out", stage: over === "tls" ? "tls" : "answer", fault: "probe-timed-out" },
    ],
    [
      "it accepts and resets",
      "slam",
      "/readyz",
      { kind: "reset", stage: over === "tls" ? "tls" : "answer", fault: "probe-reset", httpStatus: null },
    ],
  ];

  test.each(rows)("%s", async (_rule, mode, path, result) => {
    await server.setMode(mode);
    const silent = mode === "hang" || mode === "mute";
    expect(await probeTarget(to(path, silent ? 100 : 5_000))).toMatchObject(result);
  });

  test("a wrong body under a right status", async () => {
    await server.setMode({ kind: "status", status: 200, body: "maintenance" });
    const target = makeTarget({
      port: server.port,
      probe: { scheme: over === "tls" ? "https" : "http", expectBody: { kind: "equals", text: "ok" } },
    });
    expect(await probeTarget(target)).toMatchObject({
      outcome: "failed",
      fault: "probe-unexpected-body",
      body: "maintenance",
    });
  });

  test("the finding says where it asked, when, and how long each phase took", async () => {
    await server.setMode({ kind: "slow", afterMs: 30 });
    const result = await probeTarget(to("/readyz"));
    expect(result.url).toBe(`${over === "tls" ? "https" : "http"}://127.0.0.1:${server.port}/readyz`);
    const { connect, tls, answer } = result.phasesMs;
    expect(connect).toBeGreaterThanOrEqual(0);
    expect(tls === null).toBe(over === "plain");
    // A timer of Node may fire a millisecond early.
    expect(answer).toBeGreaterThan(28);
    expect((connect ?? 0) + (tls ?? 0) + (answer ?? 0)).toBeLessThanOrEqual(result.endedAt - result.sentAt);
  });

  test("phases that were not finished are null", async () => {
    await server.setMode("hang");
    const { phasesMs } = await probeTarget(to("/readyz", 100));
    expect(phasesMs.connect).not.toBeNull();
    expect(phasesMs.answer).toBeNull();
    await server.setMode("closed");
    expect((await probeTarget(to("/readyz"))).phasesMs).toEqual({ connect: null, tls: null, answer: null });
  });
});
