import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { HaprobeProcess } from "../support/haprobe-cli.ts";
import { startPostgres } from "../support/postgres.ts";
import { freePort, type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { readJson, startHub, startVantage, testVantage, type TestVantage } from "../support/sites.ts";
import { COMMON_CHECKS, startTestBed, type TestBed } from "../support/test-bed.ts";

const EVERY = "500ms";
const SITES = { fra: ["host-a", "host-b"], nyc: ["nyc-1"] } as const;
type Site = keyof typeof SITES;

export interface HubSceneOptions {
  /** The same name for the HAProxy of both sites. */
  readonly sharedName?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** A way to a server that can be cut: its connections are reset then. */
class Path implements AsyncDisposable {
  isCut = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(port: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      // Ends where the refusal of the port itself would: before TLS.
      if (this.isCut) return void client.resetAndDestroy();
      const server = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => this.#sockets.delete(from));
        from.pipe(to);
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as { port: number }).port;
  }

  /** Ends every connection, and takes none until `isCut` is false again. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/**
 * Two hubs behind one HAProxy over one PostgreSQL, and three vantages: host-a beside lb-fra and host-b, whose way to cp-1 is
 * a relay, in fra; nyc-1 beside lb-nyc in nyc.
 */
export class HubScene implements AsyncDisposable {
  readonly hubs: HaprobeProcess[] = [];
  readonly beds = new Map<Site, TestBed>();
  readonly vantages = new Map<string, HaprobeProcess>();
  /** Between host-b and cp-1 of fra. */
  path!: Path;
  /** In front of both hubs, in turn. */
  front!: RealHaproxy;
  /** Address of the front; ends with a slash. */
  url = "";
  readonly #stack = new AsyncDisposableStack();
  readonly #restarts = new Map<string, () => Promise<HaprobeProcess>>();

  static async start(options: HubSceneOptions = {}): Promise<HubScene> {
    const scene = new HubScene();
    try {
      await scene.#start(options);
      return scene;
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start({ sharedName = false, env = {} }: HubSceneOptions): Promise<void> {
    const folder = this.#stack.use(await mkdtempDisposable(join(tmpdir(), "haprobe-hubs-")));
    const dir = folder.path;
    const postgres = this.#stack.use(await startPostgres());
    const database = await postgres.createDatabase();
    const known = new Map<string, TestVantage>();
    for (const [site, names] of Object.entries(SITES))
      for (const name of names) known.set(name, testVantage(name, site));
    const ports = [await freePort(), await freePort()];
    for (const [n, port] of ports.entries()) {
      const name = `hub-${n + 1}`;
      const more = 'alerts:\n  channels: [{name: chat, webhook: {url: "http://127.0.0.1:1/"}}]\n';
      const start = () => startHub({ dir, name, port, database, vantages: [...known.values()], more, env });
      this.#restarts.set(name, start);
      this.hubs.push(this.#stack.use(await start()));
    }
    const frontPort = await freePort();
    this.front = this.#stack.use(
      await startHaproxy({
        config: `defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  option redispatch
  retries 2
listen hubs
  bind 127.0.0.1:${frontPort}
  option httpchk
  http-check send meth GET uri /livez ver HTTP/1.1 hdr Host localhost
  default-server check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${ports.map((port, n) => `  server hub-${n + 1} 127.0.0.1:${port}`).join("\n")}
`,
      }),
    );
    this.url = `http://127.0.0.1:${frontPort}/`;
    for (const site of Object.keys(SITES) as Site[]) {
      const bed = await startTestBed({
        checks: { "k8s-api": COMMON_CHECKS.bare, shop: COMMON_CHECKS.plainhttp },
        servers: [
          ...["cp-1", "cp-2", "cp-3"].map((name) => ({ name, mode: "healthy" as const })),
          ...["web-1", "web-2", "web-3", "web-4"].map((name) => ({ name, mode: "healthy" as const, plain: true })),
        ],
      });
      this.beds.set(site, this.#stack.use(bed));
    }
    const fra = this.bed("fra");
    this.path = this.#stack.use(new Path(fra.server("cp-1").port));
    const relayPort = await this.path.listen();
    for (const [site, names] of Object.entries(SITES) as [Site, readonly string[]][]) {
      for (const name of names) {
        const bed = this.bed(site);
        const isHome = name !== "host-b";
        const stats = isHome ? `unix:${bed.haproxy.adminSocket}` : `tcp://127.0.0.1:${bed.haproxy.tcpPort}`;
        const instance = sharedName ? "lb-1" : `lb-${site}`;
        const map = isHome ? "" : `, address-map: [{from: "${bed.addressOf("cp-1")}", to: "127.0.0.1:${relayPort}"}]`;
        const config = join(dir, `${name}.config`);
        // Over TCP HAProxy shows no addresses, unless the way is at level operator.
        await writeFile(
          config,
          `haproxy:
  - {name: ${instance}, stats: "${stats}", every: ${EVERY}${map}}
probes:
  - match: {backend: shop}
    http: {path: /healthz}
    every: ${EVERY}
    timeout: 1s
  - http: {scheme: https, path: /readyz, insecure-skip-verify: true}
    every: ${EVERY}
    timeout: 1s
`,
        );
        const hubs = [this.url];
        const vantage = known.get(name) as TestVantage;
        const start = () => startVantage({ dir, vantage, hubs, config, env });
        this.#restarts.set(name, start);
        this.vantages.set(name, this.#stack.use(await start()));
      }
    }
  }

  bed(site: Site): TestBed {
    return this.beds.get(site) as TestBed;
  }

  /** Kills a hub or vantage. */
  async kill(name: string): Promise<void> {
    const hub = /^hub-(\d)$/.exec(name);
    await (hub === null ? this.vantages.get(name) : this.hubs[Number(hub[1]) - 1])?.stop("SIGKILL");
  }

  /** Starts again what was killed. */
  async restart(name: string): Promise<void> {
    const process = this.#stack.use(await (this.#restarts.get(name) as () => Promise<HaprobeProcess>)());
    const hub = /^hub-(\d)$/.exec(name);
    if (hub === null) this.vantages.set(name, process);
    else this.hubs[Number(hub[1]) - 1] = process;
  }

  /** All servers, as the hub at this place has them. */
  async servers(hub = 0): Promise<readonly ServerStatus[]> {
    return (await readJson<{ servers: ServerStatus[] }>(this.hubs[hub] as HaprobeProcess, "/api/v1/servers")).servers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
