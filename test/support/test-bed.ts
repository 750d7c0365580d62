import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type ApiServer,
  type ApiServerMode,
  type ApiServerOptions,
  type ModeName,
  startApiServer,
} from "../../demo/stand-in/api-server.ts";
import { makeAuthority } from "./certificates.ts";
import { freePort, type RealHaproxy, startHaproxy } from "./real-haproxy.ts";

/** HAProxy's lines for one way of checking; `server` is what follows a server's address. */
export interface CheckConfig {
  readonly lines: readonly string[];
  readonly server: string;
  /** For servers that speak plain HTTP. */
  readonly plain?: true;
}

/** Intervals of HAProxy's checks in the lab: it has its verdict within about a second. */
export const CHECK_INTERVALS = "inter 500ms fastinter 200ms fall 2 rise 1";

/** A check by HTTP over TLS, as it should be. */
export const HTTPCHK: CheckConfig = {
  lines: [
    "option httpchk",
    "http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes",
    "http-check expect status 200",
  ],
  server: `check check-ssl verify none ${CHECK_INTERVALS}`,
};

/** The ways in which people check, a kube-apiserver above all. */
export const COMMON_CHECKS = {
  none: { lines: [], server: "" },
  bare: { lines: [], server: `check ${CHECK_INTERVALS}` },
  tls: { lines: [], server: `check check-ssl verify none ${CHECK_INTERVALS}` },
  httpchk: HTTPCHK,
  plainbare: { lines: [], server: `check ${CHECK_INTERVALS}`, plain: true },
  plainhttp: {
    lines: ["option httpchk GET /healthz", "http-check expect status 200"],
    server: `check ${CHECK_INTERVALS}`,
    plain: true,
  },
} as const satisfies Record<string, CheckConfig>;

/** Ways to one HAProxy's stats; the name of each is the name of its instance in haprobe. */
export const STATS_ENDPOINTS = ["admin", "user", "tcp", "tls", "master", "page"] as const;
export type StatsEndpoint = (typeof STATS_ENDPOINTS)[number];

/** The sections of haproxy.cfg that open the ways over TLS and HTTP begin with it: their servers are no part of a lab. */
export const STATS_PROXY_PREFIX = "door-";

/** A server of the lab, by what it does. */
export interface TestServer extends Pick<ApiServerOptions, "onRequest"> {
  readonly name: string;
  readonly mode: ApiServerMode | ModeName;
  readonly plain?: boolean;
  /** Demands a client certificate of the lab's authority. */
  readonly mutualTls?: boolean;
  /** Listens on `NAME.sock` in the folder of the lab instead of a port. */
  readonly unix?: boolean;
  /** Shows a certificate of an authority that nobody knows. */
  readonly unknownCa?: boolean;
  /** Stands in sections of `more` only. */
  readonly extraOnly?: boolean;
}

/** Where things are, for whoever writes a part of haproxy.cfg. */
export interface TestBedPaths {
  readonly dir: string;
  /** `127.0.0.1:PORT` of a server, or its UNIX socket. */
  addressOf(server: string): string;
}

export interface TestBedOptions {
  readonly servers: readonly TestServer[];
  /** Each server stands in a backend for each style that fits it. */
  readonly checks?: Readonly<Record<string, CheckConfig>>;
  /** Further sections of haproxy.cfg. */
  readonly extraSections?: (places: TestBedPaths) => string;
  readonly binary?: string | undefined;
  /** Runs without a master, so that the process that answers is the one that was started; there is no way `master` then. */
  readonly withoutMaster?: boolean;
}

/** How haprobe is to look at the lab. */
export interface TestBedConfig {
  readonly every?: string;
  /** Entries of `probes:` that come before the lab's own. */
  readonly rules?: string;
  /** Leaves out the lab's own entries, which match every server. */
  readonly onlyRules?: boolean;
  /** What every rule of the lab's own says besides, such as `grace: 2s`. */
  readonly extraRuleKeys?: string;
  /** Entries of each instance's `address-map`; it is told the instance's name. */
  readonly addressMap?: (instance: string) => readonly string[];
}

/** Real HAProxy in front of stand-in servers, each of them behind every way of checking. */
export interface TestBed extends AsyncDisposable, TestBedPaths {
  readonly haproxy: RealHaproxy;
  readonly servers: ReadonlyMap<string, ApiServer>;
  server(name: string): ApiServer;
  /** Configuration for haprobe that polls by these ways, an instance for each. */
  writeConfigFile(ways: readonly StatsEndpoint[], view?: TestBedConfig): Promise<string>;
}

const PASSWORD = "lab: p@ss/word";

/** Starts servers, certificates and HAProxy. */
export async function startTestBed(options: TestBedOptions): Promise<TestBed> {
  const {
    servers: wanted,
    checks: styles = {},
    extraSections: more = () => "",
    binary,
    withoutMaster: alone = false,
  } = options;
  const authority = await makeAuthority();
  const own = await authority.issue({ names: ["kubernetes", "127.0.0.1"] });
  const client = await authority.issue({ names: ["haprobe"] });
  const stranger = await (await makeAuthority("nobody's CA")).issue({ names: ["kubernetes", "127.0.0.1"] });
  const servers = new Map<string, ApiServer>();
  const port = { tls: await freePort(), page: await freePort() };
  const start = async (
    { name, mode, plain, mutualTls: mutual, unix, unknownCa: impostor, onRequest }: TestServer,
    dir: string,
  ) => {
    const tls = { ...(impostor ? stranger : own), ...(mutual ? { clientCa: authority.ca } : {}) };
    const server = await startApiServer({
      tls: plain ? null : tls,
      mode,
      ...(unix ? { path: join(dir, `${name}.sock`) } : {}),
      ...(onRequest === undefined ? {} : { onRequest }),
    });
    servers.set(name, server);
  };
  for (const server of wanted.filter(({ unix }) => !unix)) await start(server, "");
  const at = (name: string): string => `127.0.0.1:${servers.get(name)?.port}`;

  const backend = ([styleName, style]: [string, CheckConfig]): string => {
    const fitting = wanted.filter(({ plain = false, extraOnly: apart }) => !apart && plain === (style.plain ?? false));
    const rows = fitting.map(({ name }) => `server ${name} ${at(name)} ${style.server}`);
    return renderSection(`backend ${styleName}`, ["mode tcp", ...style.lines, ...rows]);
  };
  const haproxy = await startHaproxy({
    ...(binary === undefined ? {} : { binary }),
    tcp: true,
    master: !alone,
    files: {
      "ca.pem": authority.ca,
      "server.pem": `${own.cert}\n${own.key}`,
      "client.crt": client.cert,
      "client.key": client.key,
      "client.pem": `${client.cert}\n${client.key}`,
      "stats.password": PASSWORD,
    },
    config: (dir) =>
      [
        renderSection("defaults", ["timeout connect 1s", "timeout client 5s", "timeout server 5s", "timeout check 1s"]),
        renderSection(`listen ${STATS_PROXY_PREFIX}tls`, [
          "mode tcp",
          `bind 127.0.0.1:${port.tls} ssl crt ${dir}/server.pem`,
          `server runtime-api unix@${dir}/user.sock`,
        ]),
        renderSection(`listen ${STATS_PROXY_PREFIX}page`, [
          "mode http",
          `bind 127.0.0.1:${port.page}`,
          "stats enable",
          "stats uri /stats",
          "stats show-legends",
          `stats auth haprobe:${PASSWORD.replaceAll(" ", "\\ ")}`,
        ]),
        ...Object.entries(styles).map(backend),
        more({ dir, addressOf: (name) => (servers.has(name) ? at(name) : `unix@${dir}/${name}.sock`) }),
        "",
      ].join("\n"),
  });
  const { dir } = haproxy;
  for (const server of wanted.filter(({ unix }) => unix)) await start(server, dir);

  const stats: Readonly<Record<StatsEndpoint, string>> = {
    admin: `stats: "unix:${haproxy.adminSocket}"`,
    user: `stats: "unix:${haproxy.userSocket}"`,
    tcp: `stats: "tcp://127.0.0.1:${haproxy.tcpPort}"`,
    tls: `stats: "tls://127.0.0.1:${port.tls}", ca-file: ca.pem`,
    master: `stats: "unix-master:${haproxy.masterSocket}"`,
    page: `stats: "http://haprobe@127.0.0.1:${port.page}/stats", password-file: stats.password`,
  };

  return {
    haproxy,
    servers,
    dir,
    addressOf: at,
    server(name) {
      const server = servers.get(name);
      if (server === undefined) throw new Error(`the lab has no server ${name}`);
      return server;
    },
    async writeConfigFile(
      ways,
      { every = "500ms", rules = "", onlyRules = false, extraRuleKeys = "", addressMap = () => [] } = {},
    ) {
      const file = join(dir, `haprobe-${ways.join("-")}.yaml`);
      const instances = ways.map(
        (way) => `  - {name: ${way}, ${stats[way]}, every: ${every}, address-map: [${addressMap(way).join(", ")}]}`,
      );
      const common = `    every: ${every}\n    timeout: 1s\n${extraRuleKeys}`;
      const ownRules = `
  - match: {backend: "plain*"}
    http: {path: /healthz, expect: {status: 200, body: ok}}
${common}
  - match: {backend: "*"}
    http: {scheme: https, path: /readyz, server-name: kubernetes, ca-file: ca.pem}
${common}
`;
      const probes = `${rules}${onlyRules ? "" : ownRules}`;
      await writeFile(file, `haproxy:\n${instances.join("\n")}\nprobes:${probes}`);
      return file;
    },
    async [Symbol.asyncDispose]() {
      await haproxy.stop();
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

/** A section of haproxy.cfg. */
export function renderSection(head: string, lines: readonly string[]): string {
  return [head, ...lines.map((line) => `  ${line}`)].join("\n");
}
