import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type ApiServer, startApiServer } from "../../demo/stand-in/api-server.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { VerdictRecorder } from "./verdict-recorder.ts";

/** The checks that people give to a kube-apiserver, by how far they look. */
export const CHECKS = {
  none: { lines: [], server: "" },
  l4: { lines: [], server: "check" },
  l6: { lines: [], server: "check check-ssl verify none" },
  l7: {
    lines: [
      "option httpchk",
      "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes",
      "http-check expect status 200",
    ],
    server: "check check-ssl verify none",
  },
} as const;
export type CheckName = keyof typeof CHECKS;

/** One server as HAProxy and haprobe find it. */
export interface ServerEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** haproxy.cfg below its global section: every place behind each of these checks; `times` are its `inter`, `rise`, `fall`. */
export function haproxyConfig(places: readonly ServerEndpoint[], checks: readonly CheckName[], times: string): string {
  const backends = checks.map((name) => {
    const { lines, server } = CHECKS[name];
    const rows = places.map((place) => {
      const check = server === "" ? "" : ` ${server} ${times}`;
      return `  server ${place.name} ${place.host}:${place.port}${check}`;
    });
    return [`backend ${name}`, "  mode tcp", ...lines.map((line) => `  ${line}`), ...rows].join("\n");
  });
  return [
    "defaults\n  timeout connect 2s\n  timeout client 5s\n  timeout server 5s\n  timeout check 2s",
    ...backends,
    "",
  ].join("\n");
}

/** Real HAProxy, real haprobe, polled and probing once a second, and a subscriber of its stream. */
export interface LiveSetup extends AsyncDisposable {
  readonly haproxy: RealHaproxy;
  readonly haprobe: HaprobeProcess;
  readonly history: VerdictRecorder;
}

export interface LiveSetupOptions {
  readonly endpoints: readonly ServerEndpoint[];
  readonly checks: readonly CheckName[];
  readonly times: string;
  /** PEM of the CA of the places' certificates; null: not verified. */
  readonly ca: string | null;
  readonly binary: string | undefined;
}

/** Starts both and waits until they agree that everything is up. */
export async function startLiveSetup({
  endpoints: places,
  checks,
  times,
  ca,
  binary,
}: LiveSetupOptions): Promise<LiveSetup> {
  const config = haproxyConfig(places, checks, times);
  const haproxy = await startHaproxy({ ...(binary === undefined ? {} : { binary }), config });
  const trust = ca === null ? "insecure-skip-verify: true" : "server-name: kubernetes, ca-file: ca.pem";
  if (ca !== null) await writeFile(join(haproxy.dir, "ca.pem"), ca);
  const file = join(haproxy.dir, "haprobe.yaml");
  await writeFile(
    file,
    `haproxy:
  - {name: lb-1, stats: "unix:${haproxy.adminSocket}", every: 1s}
probes:
  - match: {backend: "*"}
    http: {scheme: https, path: /readyz, ${trust}}
    every: 1s
    timeout: 2s
`,
  );
  try {
    const haprobe = await startHaprobe(["--config", file]);
    const history = new VerdictRecorder(haprobe.url);
    const bench = {
      haproxy,
      haprobe,
      history,
      async [Symbol.asyncDispose]() {
        history[Symbol.dispose]();
        await haprobe[Symbol.asyncDispose]();
        await haproxy.stop();
      },
    };
    const rows = places.length * checks.length;
    const allAgree = (): boolean =>
      history.verdicts.size === rows && [...history.verdicts.values()].every((says) => says === "agree-up");
    await history.waitUntil("everything agrees", allAgree, 30_000);
    return bench;
  } catch (error) {
    await haproxy.stop();
    throw error;
  }
}

/** Stand-in API servers in this process, on free ports of the loopback. */
export interface StandIns extends AsyncDisposable {
  readonly servers: ReadonlyMap<string, ApiServer>;
  readonly endpoints: readonly ServerEndpoint[];
  readonly ca: string;
}

export async function startStandIns(names: readonly string[]): Promise<StandIns> {
  const authority = await makeAuthority();
  const tls = await authority.issue({ names: ["kubernetes", "127.0.0.1"] });
  const servers = new Map<string, ApiServer>();
  for (const name of names) servers.set(name, await startApiServer({ tls }));
  return {
    servers,
    ca: authority.ca,
    endpoints: [...servers].map(([name, { host, port }]) => ({ name, host, port })),
    async [Symbol.asyncDispose]() {
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

const FETCH_EVERY_MS = 100;

/** Waits until haprobe has had so many more good answers of its only HAProxy. */
export async function waitForPolls(url: string, polls: number): Promise<void> {
  const lastPoll = async (): Promise<string | null> => {
    const response = await fetch(`${url}/api/v1/instances`);
    const { instances } = (await response.json()) as { instances: { lastPollAt: string }[] };
    return instances[0]?.lastPollAt ?? null;
  };
  for (let i = 0; i < polls; i += 1) {
    const before = await lastPoll();
    while ((await lastPoll()) === before) await pause(FETCH_EVERY_MS);
  }
}

/** Prints what was measured, so that docs/fairness.md can be brought up to date. */
export function printDelays(what: string, delaysMs: readonly number[]): void {
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const at = (p: number): string => ((sorted[Math.floor(p * (sorted.length - 1))] ?? Number.NaN) / 1_000).toFixed(2);
  console.log(`${what}: n ${sorted.length}, p50 ${at(0.5)} s, p95 ${at(0.95)} s, max ${at(1)} s`);
}
