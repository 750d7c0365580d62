import type { ApiServer } from "../../demo/stand-in/api-server.ts";

export const LONG = "payments-gateway-production-frankfurt-availability-zone-";

/** Servers with a stand-in each, by backend of lb-1; `batch` has four rows for each stand-in. */
export const BACKENDS = {
  "k8s-api": ["cp-1", "cp-2", "cp-3"],
  "legacy-app": ["old-1", "old-2"],
  one: ["only-1"],
  images: ["img-1", "img-2", "img-3"],
  app: ["app-1", "app-2", "app-3", "app-4"],
  batch: Array.from({ length: 12 }, (_, n) => `batch-${n}`),
  [`${LONG}pool`]: ["alpha", "bravo", "gamma"].map((end) => `${LONG}${end}`),
} as const;
const ROWS_PER_BATCH = 4;
/** Rows without a fault of their own share these stand-ins. */
export const QUIET_STAND_INS = 4;
const QUIET_PER_BACKEND = 20;

const STRIPS = "http-request set-path %[path,regsub(^/haprobe/?,/)]";
/** Reverse proxies to haprobe, by what they do. */
export const PROXIES = {
  "strips the path": [STRIPS],
  "keeps the path": [],
  "strips another path": [
    "http-request deny deny_status 404 unless { path_beg /ops/ }",
    "http-request set-path %[path,regsub(^/ops/?,/)]",
  ],
  "rewrites Host": [STRIPS, "http-request set-header Host backend:8405"],
  "refuses WebSockets": [STRIPS, "http-request deny if { hdr(upgrade) -m found }"],
} as const;

/** Ports that haproxy.cfg names. */
export interface FleetPorts {
  /** Of the frontends before `k8s-api` and `k8s-join`. */
  readonly traffic: readonly [number, number];
  /** Of lb-1's stats page. */
  readonly stats: number;
  /** Where haprobe listens behind the reverse proxies, and their own. */
  readonly haprobe: number;
  readonly proxies: Readonly<Record<keyof typeof PROXIES, number>>;
}

/** The configurations of HAProxy, `proxies` being no part of the fleet, and the names of the servers without a fault, `backend/server`. */
export interface FleetConfig {
  readonly lb1: string;
  readonly lb2: string;
  readonly proxies: string;
  readonly quiet: readonly string[];
}

/** Configures `size` servers on both HAProxies in all, on these stand-ins. */
export function renderFleet(size: number, standIns: ReadonlyMap<string, ApiServer>, ports: FleetPorts): FleetConfig {
  const addressOf = (name: string): string => `127.0.0.1:${standIns.get(name)?.port}`;
  const k8s = BACKENDS["k8s-api"].map((name) => `server ${name} ${addressOf(name)} check`);
  const sections = [DEFAULTS];
  for (const [n, backend] of ["k8s-api", "k8s-join"].entries()) {
    sections.push(
      section(`frontend to-${backend}`, [`bind 127.0.0.1:${ports.traffic[n]}`, `default_backend ${backend}`]),
    );
  }
  const statsLines = ["mode http", `bind 127.0.0.1:${ports.stats}`, "stats enable", "stats uri /"];
  sections.push(section("frontend stats", statsLines));
  let rows = k8s.length;
  const add = (backend: string, servers: readonly string[], check: readonly string[] = []): void => {
    rows += servers.length;
    sections.push(section(`backend ${backend}`, [...check, ...servers]));
  };
  for (const [backend, names] of Object.entries(BACKENDS)) {
    if (backend === "batch") {
      add(
        backend,
        names.flatMap((name) =>
          Array.from({ length: ROWS_PER_BATCH }, (_, n) => `server ${name}-${n} ${addressOf(name)} check`),
        ),
      );
    } else if (backend === "app") {
      // The stand-ins answer in the process of the test, which a large haprobe beside them delays.
      const check = ["option httpchk GET /healthz", "http-check expect status 200", "timeout check 5s"];
      add(
        backend,
        names.map((name) => `server ${name} ${addressOf(name)} check port ${standIns.get(name)?.port}`),
        check,
      );
    } else {
      add(
        backend,
        names.map((name) => `server ${name} ${addressOf(name)} check`),
      );
    }
  }
  add("k8s-join", k8s);
  const quiet: string[] = [];
  const quietRows = size - rows;
  for (let n = 0; n * QUIET_PER_BACKEND < quietRows; n += 1) {
    const backend = `web-${String(n).padStart(3, "0")}`;
    const names = Array.from(
      { length: Math.min(quietRows - n * QUIET_PER_BACKEND, QUIET_PER_BACKEND) },
      (_, place) => `w-${n}-${place}`,
    );
    quiet.push(...names.map((name) => `${backend}/${name}`));
    add(
      backend,
      names.map((name, place) => {
        const check = place === 0 ? "check inter 5s" : `track ${backend}/${names[0]}`;
        return `server ${name} ${addressOf(`shared-${place % QUIET_STAND_INS}`)} ${check}`;
      }),
    );
  }
  return {
    lb1: `${sections.join("\n")}\n`,
    lb2: `${DEFAULTS}\n${section("backend k8s-api", k8s)}\n`,
    proxies: renderProxies(ports),
    quiet,
  };
}

function renderProxies(ports: FleetPorts): string {
  const sections = Object.entries(PROXIES).map(([kind, lines]) => {
    const port = ports.proxies[kind as keyof typeof PROXIES];
    const server = `server haprobe 127.0.0.1:${ports.haprobe}`;
    return section(`listen proxy-${port}`, ["mode http", `bind 127.0.0.1:${port}`, ...lines, server]);
  });
  return `${DEFAULTS}\n${sections.join("\n")}\n`;
}

const DEFAULTS = section("defaults", [
  "mode tcp",
  "timeout connect 1s",
  "timeout client 30s",
  "timeout server 30s",
  "timeout check 1s",
  "default-server inter 500ms fastinter 200ms fall 2 rise 1",
]);

function section(head: string, lines: readonly string[]): string {
  return [head, ...lines.map((line) => `  ${line}`)].join("\n");
}
