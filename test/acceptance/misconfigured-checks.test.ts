import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import {
  type CheckConfig,
  type TestBed,
  startTestBed,
  CHECK_INTERVALS,
  type StatsEndpoint,
} from "../support/test-bed.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { repeatForInstances, flattenTable, checkQualities, readServers, verdictsByServer } from "./verdict-text.ts";

const OVER_TLS = `check check-ssl verify none ${CHECK_INTERVALS}`;

/** Checks that look right in haproxy.cfg and are not; each stands in a public guide. */
const MISCONFIGURED_CHECKS = {
  "hello-last": {
    lines: ["option httpchk GET /readyz", "http-check expect status 200", "option ssl-hello-chk"],
    server: `check ${CHECK_INTERVALS}`,
  },
  "without-httpchk": { lines: ["http-check expect status 200"], server: OVER_TLS },
  "tcp-check-without-rules": { lines: ["option tcp-check"], server: `check ${CHECK_INTERVALS}` },
  "denial-is-fine": {
    lines: ["option httpchk GET /readyz", "http-check expect rstatus (200|403)"],
    server: OVER_TLS,
  },
  "only-denial-is-fine": { lines: ["option httpchk GET /readyz", "http-check expect status 403"], server: OVER_TLS },
  "string-ok": { lines: ["option httpchk GET /readyz", "http-check expect string ok"], server: OVER_TLS },
  "options-readyz": { lines: ["option httpchk /readyz"], server: OVER_TLS },
  "options-root": { lines: ["option httpchk"], server: OVER_TLS },
  "http-to-https": {
    lines: ["option httpchk GET /readyz", "http-check expect status 200"],
    server: `check ${CHECK_INTERVALS}`,
  },
} as const satisfies Record<string, CheckConfig>;

const BLIND = {
  healthy: "agree-up",
  etcd: "false-up confirmed probe-answered-unhealthy",
  denying: "unknown probe-denied",
};

/** What an on-call engineer would say of each server behind each trap. */
const EXPECTED = {
  "hello-last": BLIND,
  "without-httpchk": BLIND,
  "tcp-check-without-rules": BLIND,
  "denial-is-fine": {
    healthy: "agree-up",
    etcd: "agree-down probe-answered-unhealthy",
    denying: "unknown probe-denied",
  },
  "only-denial-is-fine": {
    healthy: "false-down settling check-asks-something-else",
    etcd: "agree-down probe-answered-unhealthy",
    denying: "unknown probe-denied",
  },
  "string-ok": {
    healthy: "agree-up",
    etcd: "false-up confirmed probe-answered-unhealthy",
    denying: "unknown probe-denied",
  },
  "options-readyz": {
    healthy: "false-down settling haproxy-denied",
    etcd: "agree-down probe-answered-unhealthy",
    denying: "unknown probe-denied",
  },
  "options-root": {
    healthy: "false-down settling haproxy-denied",
    etcd: "agree-down probe-answered-unhealthy",
    denying: "unknown probe-denied",
  },
  "http-to-https": {
    healthy: "false-down settling check-asks-something-else",
    etcd: "agree-down probe-answered-unhealthy",
    denying: "unknown probe-denied",
  },
};

const QUALITY = {
  "hello-last": "check-blind",
  "without-httpchk": "check-blind",
  "tcp-check-without-rules": "check-blind",
  "denial-is-fine": "check-accepts-denial",
  "only-denial-is-fine": "check-accepts-denial",
  "string-ok": "check-accepts-error",
  "options-readyz": "check-ok",
  "options-root": "check-ok",
  "http-to-https": "check-ok",
};

const ENDPOINTS = ["user", "page"] as const satisfies readonly StatsEndpoint[];

describe.each(haproxyBinaries())("$name: checks that deceive", ({ binary }) => {
  let lab: TestBed;
  let haprobe: HaprobeProcess;
  beforeAll(async () => {
    lab = await startTestBed({
      binary,
      checks: MISCONFIGURED_CHECKS,
      servers: [
        { name: "healthy", mode: "healthy" },
        { name: "etcd", mode: "etcd" },
        { name: "denying", mode: "deny-403" },
      ],
    });
    haprobe = await startHaprobe(["--config", await lab.writeConfigFile(ENDPOINTS)]);
  });
  afterAll(async () => {
    await haprobe?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  test("each server is said right all the same, and what the check is worth", async () => {
    const read = async (): Promise<Record<string, string>> => verdictsByServer(await readServers(haprobe.url));
    await expect
      .poll(read, { timeout: 15_000, interval: 250 })
      .toEqual(repeatForInstances(ENDPOINTS, flattenTable(EXPECTED)));
    // A check that runs at each poll shows its code later.
    const qualities = async (): Promise<Record<string, string>> => checkQualities(await readServers(haprobe.url));
    await expect.poll(qualities, { timeout: 15_000, interval: 250 }).toEqual(QUALITY);
  });
});
