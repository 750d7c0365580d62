import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { runHaprobe, serveHaprobe } from "../support/haprobe-cli.ts";
import { type Lab, startLab } from "../support/lab.ts";

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

const QUALITY: Readonly<Record<string, string>> = {
  none: "check-missing",
  bare: "check-blind",
  tls: "check-blind",
  httpchk: "check-ok",
  plainbare: "check-blind",
  plainhttp: "check-ok",
};

let lab: Lab;
beforeAll(async () => {
  const tls = ["healthy", "etcd", "deny-401", "deny-403", "hang", "mute", "slam", "closed", "drain"] as const;
  lab = await startLab([
    ...tls.map((mode) => ({ name: mode, mode })),
    { name: "good", mode: "healthy", plain: true },
    { name: "500", mode: { kind: "status", status: 500, body: "broken" }, plain: true },
    { name: "503", mode: { kind: "status", status: 503, body: "busy" }, plain: true },
    { name: "wrong", mode: { kind: "status", status: 200, body: "not what you want" }, plain: true },
  ]);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

function said(servers: readonly ServerStatus[]): Record<string, string> {
  return Object.fromEntries(
    servers.map(({ backend, server, verdict, phase, reason }) => [
      `${backend}/${server}`,
      [verdict, phase, reason].filter((word) => word !== null).join(" "),
    ]),
  );
}

const WANTED = Object.fromEntries(
  Object.entries(EXPECTED).flatMap(([server, byCheck]) =>
    Object.entries(byCheck).map(([backend, says]) => [`${backend}/${server}`, says]),
  ),
);

describe.each(["admin", "user"] as const)("over a stats socket of level %s", (level) => {
  test("check --json is right about every server behind every check, and exits with 2", async () => {
    const run = await runHaprobe(["check", "--json", "--max-wait", "14s", "--config", await lab.configFile(level)]);
    expect(run.stderr).toBe("");
    const report = JSON.parse(run.stdout) as { servers: ServerStatus[]; summary: { confirmed: number } };
    expect(said(report.servers)).toEqual(WANTED);
    expect(new Set(report.servers.map(({ backend, quality }) => `${backend} ${quality}`))).toEqual(
      new Set(Object.entries(QUALITY).map(([backend, quality]) => `${backend} ${quality}`)),
    );
    expect(report.servers.every(({ address }) => address?.startsWith("127.0.0.1:"))).toBe(true);
    expect(run.code).toBe(2);
  });
});

test("the service says the same in /api/v1/servers, and ends with 0", async () => {
  await using haprobe = await serveHaprobe(["--config", await lab.configFile("user")]);
  const read = async (): Promise<Record<string, string>> => {
    const body = (await (await fetch(`${haprobe.url}/api/v1/servers`)).json()) as { servers: ServerStatus[] };
    return said(body.servers);
  };
  await expect.poll(read, { timeout: 20_000, interval: 250 }).toEqual(WANTED);
  const etcd = await (await fetch(`${haprobe.url}/api/v1/servers/lb-1/bare/etcd`)).json();
  expect(etcd).toMatchObject({
    sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd, etcd-readiness failed",
    tone: "critical",
    haproxy: { status: "UP", usable: true, depth: "connection" },
    probe: { outcome: "failed", kind: "answered", httpStatus: 500 },
  });
  expect(await haprobe.stop()).toBe(0);
});
