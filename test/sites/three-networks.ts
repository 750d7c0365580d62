import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MAIN } from "../support/haprobe-cli.ts";

// HAProxy, two haprobes and the servers each in a network of their own, so that each way can be cut alone:
//   HAProxy 10.231.4.1 ──┐
//   host-a  10.231.2.1 ──┼── servers 10.231.0.11 … (10.231.0.21: without etcd), receiver 10.231.0.100
//   host-b  10.231.3.1 ──┘

const ID = String(process.pid % 100_000);
const STAND_IN = fileURLToPath(new URL("../../demo/stand-in/main.ts", import.meta.url));
const SERVERS = `hps-${ID}`;
const NETWORKS = { "host-a": 2, "host-b": 3, haproxy: 4 } as const;
export type Place = keyof typeof NETWORKS;
const GOOD = ["10.231.0.11", "10.231.0.12", "10.231.0.13", "10.231.0.14"];
const BROKEN = "10.231.0.21";
const RECEIVER = "10.231.0.100";
const RECEIVER_PROGRAM = `require("http").createServer((q, s) => { let b = ""; q.on("data", (c) => (b += c)); q.on("end", () => { require("fs").appendFileSync(process.argv[1], b + "\\n"); s.end(); }); }).listen(8080, "${RECEIVER}", () => console.log("up"));`;

function run(command: string): void {
  const [program = "", ...args] = command.split(" ");
  execFileSync(program, args, { stdio: "pipe" });
}

/** Why there can be no networks of our own here; null where there can. */
export function missingNetworks(): string | null {
  if (process.getuid?.() !== 0) return ": needs root, for networks of its own";
  try {
    run("ip netns list");
    run("iptables --version");
    return null;
  } catch {
    return ": needs ip and iptables";
  }
}

const namespaceOf = (place: Place): string => `hp${NETWORKS[place]}-${ID}`;

/** A running haprobe that is reached over a UNIX socket, since it has a network of its own. */
export interface RemoteHaprobe {
  get<T>(path: string): Promise<T>;
  kill(signal: NodeJS.Signals): Promise<void>;
  log(): string;
}

export class ThreeNetworks implements AsyncDisposable {
  readonly dir: string;
  readonly #children = new Set<ChildProcess>();

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async start(): Promise<ThreeNetworks> {
    const networks = new ThreeNetworks(await mkdtemp(join(tmpdir(), "hpn-")));
    try {
      await networks.#start();
      return networks;
    } catch (error) {
      await networks[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(): Promise<void> {
    run(`ip netns add ${SERVERS}`);
    run(`ip -n ${SERVERS} link set lo up`);
    run(`ip netns exec ${SERVERS} sysctl -qw net.ipv4.ip_forward=1`);
    for (const [place, net] of Object.entries(NETWORKS) as [Place, number][]) {
      const namespace = namespaceOf(place);
      run(`ip netns add ${namespace}`);
      run(`ip -n ${namespace} link set lo up`);
      run(`ip -n ${SERVERS} link add to-${net} type veth peer name eth0 netns ${namespace}`);
      run(`ip -n ${SERVERS} addr add 10.231.${net}.2/30 dev to-${net}`);
      run(`ip -n ${SERVERS} link set to-${net} up`);
      run(`ip -n ${namespace} addr add 10.231.${net}.1/30 dev eth0`);
      run(`ip -n ${namespace} link set eth0 up`);
      run(`ip -n ${namespace} route add default via 10.231.${net}.2`);
    }
    for (const host of [...GOOD, BROKEN, RECEIVER]) run(`ip -n ${SERVERS} addr add ${host}/32 dev lo`);
    const node = process.execPath;
    await Promise.all([
      ...GOOD.map((host) => this.#spawn(SERVERS, "up", node, STAND_IN, "--host", host)),
      this.#spawn(SERVERS, "up", node, STAND_IN, "--host", BROKEN, "--mode", "etcd"),
      this.#spawn(SERVERS, "up", node, "-e", RECEIVER_PROGRAM, join(this.dir, "received")),
    ]);
    const config = `global
    stats socket ${this.socket} mode 666 level user
    stats socket ipv4@10.231.4.1:9999 level user
defaults
    mode tcp
    timeout connect 1s
    timeout client 10s
    timeout server 10s
frontend in
    bind 127.0.0.1:6443
    default_backend k8s
backend k8s
${GOOD.map((host, i) => `    server cp-${i + 1} ${host}:6443`).join("\n")}
`;
    await writeFile(join(this.dir, "haproxy.cfg"), config);
    const binary = process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
    await this.#spawn(namespaceOf("haproxy"), null, binary, "-db", "-f", join(this.dir, "haproxy.cfg"));
    await untilAnswers(this.socket);
  }

  /** HAProxy's stats socket. */
  get socket(): string {
    return join(this.dir, "admin.sock");
  }

  /** Starts a haprobe; `isHome`: it polls HAProxy over its UNIX socket. */
  async startHaprobe(
    place: "host-a" | "host-b",
    isHome: boolean,
    more: { readonly top?: string; readonly alerts?: string },
  ): Promise<RemoteHaprobe> {
    const stats = isHome ? `unix:${this.socket}` : "tcp://10.231.4.1:9999";
    const file = join(this.dir, `${place}.yaml`);
    const api = join(this.dir, `${place}.sock`);
    await rm(api, { force: true });
    await writeFile(
      file,
      `vantage: ${place}
listen: unix:${api}
${more.top ?? ""}
haproxy:
  - {name: lb-1, stats: "${stats}"}
probes:
  - http: {scheme: https, path: /readyz, insecure-skip-verify: true}
    every: 1s
    timeout: 2s
alerts:
  ${more.alerts ?? "except: []"}
  channels:
    - {name: ops, webhook: {url: "http://${RECEIVER}:8080/"}}
  routes:
    - {wait: 0s, group-by: [target]}
`,
    );
    const command = [process.execPath, MAIN, "serve", "--config", file, "--log-format", "json"];
    const child = await this.#spawn(
      namespaceOf(place),
      "listening on",
      ...command,
      "--data-dir",
      join(this.dir, `${place}.data`),
    );
    return {
      get: (path) => getJson(api, path),
      kill: (signal) => end(child.process, signal),
      log: child.output,
    };
  }

  /** Bodies that the receiver got. */
  async received(): Promise<readonly { type: string; data: { id: string; fingerprint: string; sentence: string } }[]> {
    const text = await readFile(join(this.dir, "received"), "utf8").catch(() => "");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { type: string; data: { id: string; fingerprint: string; sentence: string } });
  }

  /** Refuses connections of this place to a server, or to all. */
  refuse(place: Place, server: number | "all"): () => void {
    const hosts = server === "all" ? GOOD : [GOOD[server - 1] ?? ""];
    return this.#rules(
      hosts.map((host) => `INPUT -i to-${NETWORKS[place]} -p tcp -d ${host} -j REJECT --reject-with tcp-reset`),
    );
  }

  /** Leads connections of this place to cp-1 to a server without etcd. */
  breakFor(place: "host-a" | "host-b"): () => void {
    return this.#rules([
      `PREROUTING -t nat -i to-${NETWORKS[place]} -p tcp -d ${GOOD[0]} --dport 6443 -j DNAT --to-destination ${BROKEN}:6443`,
    ]);
  }

  /** Gives an address to the machine of this place, or takes it. */
  address(verb: "add" | "del", place: Place, address: string): void {
    run(`ip -n ${namespaceOf(place)} addr ${verb} ${address}/32 dev lo`);
  }

  #rules(rules: readonly string[]): () => void {
    const each = (verb: "-A" | "-D"): void => {
      for (const rule of rules) run(`ip netns exec ${SERVERS} iptables ${verb} ${rule}`);
    };
    each("-A");
    return () => each("-D");
  }

  /** Starts a program, and waits until it prints `ready`; null: it says nothing once it runs. */
  async #spawn(namespace: string, ready: string | null, ...command: readonly string[]) {
    const [program, ...args] = ["ip", "netns", "exec", namespace, ...command];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    let output = "";
    await new Promise<void>((resolve, reject) => {
      const collect = (text: string): void => {
        output += text;
        if (ready === null) return;
        if (output.includes(ready) || (ready === "up" && output.includes("stand-in"))) resolve();
      };
      child.stdout.setEncoding("utf8").on("data", collect);
      child.stderr.setEncoding("utf8").on("data", collect);
      child.once("close", () => reject(new Error(`${command.join(" ")} ended: ${output}`)));
      if (ready === null) resolve();
    });
    return { process: child, output: () => output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map((child) => end(child, "SIGKILL")));
    for (const namespace of [...(Object.keys(NETWORKS) as Place[]).map(namespaceOf), SERVERS]) {
      try {
        run(`ip netns del ${namespace}`);
      } catch {
        // What was never made need not be taken away.
      }
    }
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** `ip netns exec` becomes the program, so that the signal reaches it. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill(signal);
  await closed;
}

/** HAProxy's socket is there once it runs. */
async function untilAnswers(path: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const socket = connect(path);
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (tries >= 300) throw error;
    } finally {
      socket.destroy();
    }
    await pause(50);
  }
}

function getJson<T>(socketPath: string, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, headers: { host: "localhost" } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => {
        try {
          resolve(JSON.parse(body) as T);
        } catch {
          reject(new Error(`${path}: ${response.statusCode} ${body}`));
        }
      });
    });
    call.once("error", reject);
    call.end();
  });
}
