import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createAuthority } from "../demo/stand-in/certificates.ts";
import { type RealHaproxy, startHaproxy } from "../test/support/real-haproxy.ts";
import { StandInPool } from "./stand-in-pool.ts";
import type { Endpoint } from "./stand-ins/protocol.ts";

const SERVERS_PER_BACKEND = 50;
const UP_DEADLINE_MS = 60_000;
/** HAProxy checks bare ports, so that a server that answers 500 stays UP. */
const CHECKS_PER_SECOND = 1_000;

export interface FleetOptions {
  readonly servers: number;
  readonly tls?: boolean;
  /** Port of HAProxy's own exporter for Prometheus; absent: none. */
  readonly exporterPort?: number;
}

/** A real HAProxy before stand-in servers, each with its own address and a bare check. */
export interface Fleet extends AsyncDisposable {
  readonly haproxy: RealHaproxy;
  readonly standIns: StandInPool;
  readonly endpoints: readonly Endpoint[];
  /** PEM file of the CA of the stand-ins; null without TLS. */
  readonly caFile: string | null;
  /** `backend/server` of a stand-in. */
  nameOf(index: number): string;
}

/** Starts the stand-ins and HAProxy; resolves once HAProxy has found every server UP. */
export async function startFleet({ servers, tls = false, exporterPort }: FleetOptions): Promise<Fleet> {
  const authority = tls ? await createAuthority() : null;
  const certificate = authority === null ? null : await authority.issue({ names: ["stand-in"] });
  const pair = certificate === null ? null : { cert: certificate.cert, key: certificate.key };
  const standIns = await StandInPool.start(servers, pair);
  const { endpoints } = standIns;
  let haproxy: RealHaproxy;
  try {
    haproxy = await startHaproxy({ config: renderHaproxyConfig(endpoints, exporterPort, checkIntervalMs(servers)) });
  } catch (error) {
    await standIns[Symbol.asyncDispose]();
    throw error;
  }
  const fleet: Fleet = {
    haproxy,
    standIns,
    endpoints,
    caFile: authority === null ? null : join(haproxy.dir, "ca.pem"),
    nameOf,
    async [Symbol.asyncDispose]() {
      await haproxy.stop();
      await standIns[Symbol.asyncDispose]();
    },
  };
  try {
    if (authority !== null) await writeFile(join(haproxy.dir, "ca.pem"), authority.ca);
    await waitUntilUp(haproxy, servers);
    return fleet;
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

/** `backend/server` of a stand-in at a HAProxy. */
export function nameOf(index: number): string {
  return `b-${Math.floor(index / SERVERS_PER_BACKEND)}/s-${index}`;
}

/** Milliseconds between two checks of a server, of so many. */
export function checkIntervalMs(servers: number): number {
  return servers < SERVERS_PER_BACKEND ? 200 : Math.max(2_000, (servers / CHECKS_PER_SECOND) * 1_000);
}

/** haproxy.cfg below its global section: a bare check of each stand-in. */
export function renderHaproxyConfig(
  endpoints: readonly Endpoint[],
  exporterPort: number | undefined,
  interMs: number,
): string {
  const lines = [
    "defaults",
    "  mode http",
    "  timeout connect 1s",
    "  timeout client 5s",
    "  timeout server 5s",
    `  default-server check inter ${interMs}ms fall 3 rise 2`,
  ];
  endpoints.forEach(({ host, port }, index) => {
    const [backend, server] = nameOf(index).split("/");
    if (index % SERVERS_PER_BACKEND === 0) lines.push(`backend ${backend}`);
    lines.push(`  server ${server} ${host}:${port}`);
  });
  if (exporterPort !== undefined) {
    lines.push("frontend exporter", `  bind 127.0.0.1:${exporterPort}`);
    lines.push("  http-request use-service prometheus-exporter");
  }
  return lines.join("\n");
}

/** Until each check has passed once: `UP` beside `INI` is only HAProxy's default. */
export async function waitUntilUp(haproxy: RealHaproxy, servers: number): Promise<void> {
  const deadline = performance.now() + UP_DEADLINE_MS;
  for (;;) {
    const table = await haproxy.command("show stat -1 4 -1");
    if (table.split("L4OK,").length - 1 >= servers) return;
    if (performance.now() > deadline) throw new Error(`not all of ${servers} servers came up within a minute`);
    await pause(100);
  }
}
