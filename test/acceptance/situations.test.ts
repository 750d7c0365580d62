import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";
import { STATS_PROXY_PREFIX, type TestBed, startTestBed, COMMON_CHECKS, STATS_ENDPOINTS } from "../support/test-bed.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { repeatForInstances, checkQualities, readServers, verdictsByServer } from "./verdict-text.ts";

/** What an on-call engineer would say, for each server behind each way of checking: verdict, phase, reason. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  healthy: { none: "agree-up", bare: "agree-up", tls: "agree-up", httpchk: "agree-up" },
  etcd: {
    none: "false-up confirmed probe-answered-unhealthy",
    bare: "false-up confirmed probe-answered-unhealthy",
    tls: "false-up confirmed probe-answered-unhealthy",
    httpchk: "agree-down probe-answered-unhealthy",
  },
  "deny-401": {
    none: "unknown probe-denied",
    bare: "unknown probe-denied",
    tls: "unknown probe-denied",
    httpchk: "unknown probe-denied",
  },
  "deny-403": {
    none: "unknown probe-denied",
    bare: "unknown probe-denied",
    tls: "unknown probe-denied",
    httpchk: "unknown probe-denied",
  },
  hang: {
    none: "false-up confirmed probe-timed-out",
    bare: "false-up confirmed probe-timed-out",
    tls: "false-up confirmed probe-timed-out",
    httpchk: "agree-down probe-timed-out",
  },
  mute: {
    none: "false-up confirmed probe-timed-out",
    bare: "false-up confirmed probe-timed-out",
    tls: "agree-down probe-timed-out",
    httpchk: "agree-down probe-timed-out",
  },
  slam: {
    none: "false-up confirmed probe-reset",
    bare: "false-up confirmed probe-reset",
    tls: "agree-down probe-reset",
    httpchk: "agree-down probe-reset",
  },
  closed: {
    none: "false-up confirmed probe-refused",
    bare: "agree-down probe-refused",
    tls: "agree-down probe-refused",
    httpchk: "agree-down probe-refused",
  },
  drain: {
    none: "false-up settling draining",
    bare: "false-up settling draining",
    tls: "false-up settling draining",
    httpchk: "agree-down probe-answered-unhealthy",
  },
  good: { plainbare: "agree-up", plainhttp: "agree-up" },
  "500": { plainbare: "false-up confirmed probe-answered-unhealthy", plainhttp: "agree-down probe-answered-unhealthy" },
  "503": { plainbare: "false-up confirmed probe-answered-unhealthy", plainhttp: "agree-down probe-answered-unhealthy" },
  wrong: {
    plainbare: "false-up confirmed probe-unexpected-body",
    plainhttp: "false-up settling probe-unexpected-body",
  },
};

const QUALITY = {
  none: "check-missing",
  bare: "check-blind",
  tls: "check-blind",
  httpchk: "check-ok",
  plainbare: "check-blind",
  plainhttp: "check-ok",
};

const WANTED = repeatForInstances(
  STATS_ENDPOINTS,
  Object.fromEntries(
    Object.entries(EXPECTED).flatMap(([server, byCheck]) =>
      Object.entries(byCheck).map(([backend, says]) => [`${backend}/${server}`, says]),
    ),
  ),
);

/** The same where the patience for a shutdown, and for HAProxy's check to notice, has run out. */
const WANTED_AT_LAST = Object.fromEntries(
  Object.entries(WANTED).map(([server, says]) => [
    server,
    says
      .replace("settling draining", "confirmed draining")
      .replace("settling probe-unexpected-body", "confirmed check-asks-something-else"),
  ]),
);

describe.each(haproxyBinaries())(
  "$name: over its sockets, TCP, TLS, the master's socket and the stats page",
  ({ binary }) => {
    let lab: TestBed;
    beforeAll(async () => {
      const tls = ["healthy", "etcd", "deny-401", "deny-403", "hang", "mute", "slam", "closed", "drain"] as const;
      lab = await startTestBed({
        binary,
        checks: COMMON_CHECKS,
        servers: [
          ...tls.map((mode) => ({ name: mode, mode })),
          { name: "good", mode: "healthy", plain: true },
          { name: "500", mode: { kind: "status", status: 500, body: "broken" }, plain: true },
          { name: "503", mode: { kind: "status", status: 503, body: "busy" }, plain: true },
          { name: "wrong", mode: { kind: "status", status: 200, body: "not what you want" }, plain: true },
        ],
      });
    });
    afterAll(async () => {
      await lab?.[Symbol.asyncDispose]();
    });

    test("the service is right about every server behind every check, the same by each way, and ends with 0", async () => {
      await using haprobe = await startHaprobe(["--config", await lab.writeConfigFile(STATS_ENDPOINTS)]);
      const read = async (): Promise<Record<string, string>> => verdictsByServer(await readServers(haprobe.url));
      await expect.poll(read, { timeout: 20_000, interval: 250 }).toEqual(WANTED);
      const servers = await readServers(haprobe.url);
      for (const way of STATS_ENDPOINTS) {
        expect(checkQualities(servers.filter(({ instance }) => instance === way))).toEqual(QUALITY);
        const etcd = await (await fetch(`${haprobe.url}/api/v1/servers/${way}/bare/etcd`)).json();
        expect(etcd).toMatchObject({
          sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd, etcd-readiness failed",
          tone: "critical",
          haproxy: { status: "UP", usable: true, depth: "connection" },
          probe: { outcome: "failed", kind: "answered", httpStatus: 500 },
        });
      }
      expect(await haprobe.stop()).toBe(0);
    });

    test("check --json says the same once patience has run out, and exits with 2", async () => {
      const patience = "    grace: 2s\n    drain-grace: 2s";
      const config = await lab.writeConfigFile(STATS_ENDPOINTS, { extraRuleKeys: patience });
      const run = await runHaprobe(["check", "--json", "--max-wait", "19s", "--config", config]);
      expect(run.stderr).toBe("");
      const report = JSON.parse(run.stdout) as { servers: ServerStatus[] };
      expect(verdictsByServer(report.servers)).toEqual(WANTED_AT_LAST);
      const servers = report.servers.filter(({ backend }) => !backend.startsWith(STATS_PROXY_PREFIX));
      expect(servers.every(({ address }) => address?.startsWith("127.0.0.1:"))).toBe(true);
      expect(run.code).toBe(2);
    });
  },
);
