import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";
import { freePort } from "./free-port.ts";
import { FirstSeenTimes } from "./first-seen-times.ts";
import { STACK_PROGRAMS } from "./stack-programs.ts";
import { startReceiver } from "./webhook-receiver.ts";
import { wallMs } from "./wall-clock.ts";

type Program = (typeof STACK_PROGRAMS)[number];

const READY_DEADLINE_MS = 20_000;
const QUERY_EVERY_MS = 20;
const WAIT_MS = 30_000;

/** Prometheus, its blackbox exporter and its alertmanager, all at one second, over HAProxy's own exporter. */
export interface PrometheusStack extends AsyncDisposable {
  readonly pids: readonly number[];
  /** Wall clock at which the alert about `backend/server` fired. */
  firedAt(name: string): Promise<number>;
  /** Wall clock at which the webhook received it. */
  notifiedAt(name: string): Promise<number>;
}

/** The missing programs. */
export function missingPrograms(): readonly Program[] {
  return STACK_PROGRAMS.filter((program) => spawnSync(program, ["--version"]).error !== undefined);
}

/** Starts the stack, each part on a free port of loopback; resolves once every server was scraped. */
export async function startStack(fleet: Fleet, exporterPort: number): Promise<PrometheusStack> {
  const dir = await mkdtemp(join(tmpdir(), "haprobe-bench-"));
  const children: ChildProcess[] = [];
  const notifications = new FirstSeenTimes();
  const hook = await startReceiver((body) => recordAlerts(body, notifications));
  const dispose = async (): Promise<void> => {
    await Promise.all(children.map(killChild));
    await hook[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  };
  const run = (program: Program, ...args: string[]): void => {
    const child = spawn(program, [...args, "--log.level=error"], { stdio: "ignore" });
    process.once("exit", () => child.kill("SIGKILL"));
    children.push(child);
  };
  const file = async (name: string, content: object): Promise<string> => {
    // JSON is valid YAML.
    await writeFile(join(dir, name), JSON.stringify(content));
    return join(dir, name);
  };
  try {
    const [blackbox, alertmanager, prometheus] = [await freePort(), await freePort(), await freePort()];
    const modules = { http_2xx: { prober: "http", timeout: "1s", http: { preferred_ip_protocol: "ip4" } } };
    run(
      "prometheus-blackbox-exporter",
      `--config.file=${await file("blackbox.yml", { modules })}`,
      `--web.listen-address=127.0.0.1:${blackbox}`,
    );
    run(
      "prometheus-alertmanager",
      `--config.file=${await file("alertmanager.yml", alertmanagerConfig(hook.url))}`,
      `--storage.path=${dir}/alerts`,
      `--web.listen-address=127.0.0.1:${alertmanager}`,
      "--cluster.listen-address=",
    );
    await file("rules.yml", RULES);
    run(
      "prometheus",
      `--config.file=${await file("prometheus.yml", prometheusConfig(fleet, { exporterPort, blackbox, alertmanager }))}`,
      `--storage.tsdb.path=${dir}/series`,
      `--web.listen-address=127.0.0.1:${prometheus}`,
    );
    const api = `http://127.0.0.1:${prometheus}/api/v1`;
    await waitUntilScraped(api, fleet.endpoints.length);
    return {
      pids: children.map(({ pid }) => pid ?? 0),
      firedAt: (name) => firedAt(api, name),
      notifiedAt: (name) => notifications.waitFor(name),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Fires when HAProxy has a server UP that failed two probes in a row, like haprobe. */
const RULES = {
  groups: [
    {
      name: "lies",
      rules: [
        {
          alert: "FalseUp",
          expr: 'haproxy_server_status{state="UP"} == 1 and on (proxy, server) probe_success == 0',
          for: "1s",
        },
      ],
    },
  ],
};

function prometheusConfig(
  fleet: Fleet,
  ports: { readonly exporterPort: number; readonly blackbox: number; readonly alertmanager: number },
): object {
  const at = (port: number): string => `127.0.0.1:${port}`;
  return {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yml"],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [at(ports.alertmanager)] }] }] },
    scrape_configs: [
      { job_name: "haproxy", static_configs: [{ targets: [at(ports.exporterPort)] }] },
      {
        job_name: "blackbox",
        metrics_path: "/probe",
        params: { module: ["http_2xx"] },
        static_configs: fleet.endpoints.map(({ host, port }, index) => {
          const [proxy, server] = fleet.nameOf(index).split("/");
          return { targets: [`http://${host}:${port}/healthz`], labels: { proxy, server } };
        }),
        relabel_configs: [
          { source_labels: ["__address__"], target_label: "__param_target" },
          { target_label: "__address__", replacement: at(ports.blackbox) },
        ],
      },
    ],
  };
}

function alertmanagerConfig(url: string): object {
  return {
    route: { receiver: "hook", group_by: ["proxy", "server"], group_wait: "0s", group_interval: "1s" },
    receivers: [{ name: "hook", webhook_configs: [{ url }] }],
  };
}

interface Alert {
  readonly state?: string;
  readonly labels: Readonly<Record<string, string>>;
}

function recordAlerts(body: unknown, notifications: FirstSeenTimes): void {
  for (const alert of (body as { alerts: readonly Alert[] }).alerts) notifications.record(nameOf(alert));
}

async function firedAt(api: string, name: string): Promise<number> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const { data } = (await (await fetch(`${api}/alerts`)).json()) as { data: { alerts: readonly Alert[] } };
    if (data.alerts.some((alert) => alert.state === "firing" && nameOf(alert) === name)) return wallMs();
    if (performance.now() > deadline) throw new Error(`no alert about ${name} fired`);
    await pause(QUERY_EVERY_MS);
  }
}

async function waitUntilScraped(api: string, servers: number): Promise<void> {
  const query = encodeURIComponent("count(probe_success == 1) == bool " + String(servers));
  const deadline = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const answer = await fetch(`${api}/query?query=${query}`).catch(() => null);
    const found = answer === null ? "" : await answer.text();
    if (found.includes('"1"]')) return;
    if (performance.now() > deadline) throw new Error(`Prometheus did not scrape ${servers} servers: ${found}`);
    await pause(100);
  }
}

function nameOf({ labels }: Alert): string {
  return `${labels["proxy"]}/${labels["server"]}`;
}

async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
