import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { CHROMIUM_FLAGS, chromiumPath } from "../browser/dashboard-browser.ts";
import { Podman } from "../support/podman.ts";

/** Each profile: the service and the port of its haprobe, and what the receiver prints of the alert. */
const PROFILES = [
  { profile: null, service: "haprobe", port: 8405, alert: /^incident\.firing: .* is UP in HAProxy and failing/m },
  {
    profile: "page",
    service: "haprobe-page",
    port: 8415,
    alert: /^incident\.firing: .* is UP in HAProxy and failing/m,
  },
  {
    profile: "alertmanager",
    service: "haprobe-alertmanager",
    port: 8425,
    alert: /^alertmanager firing HaprobeFalseUp: .* is UP in HAProxy and failing/m,
  },
  { profile: "postgres", service: "haprobe-postgres", port: 8435, alert: /^incident\.firing: .* is UP in HAProxy/m },
  { profile: "pair", service: "haprobe-pair", port: 8445, alert: /^notice\.split: lb-\d has cp-2/m },
  { profile: "vantages", service: "haprobe-a", port: 8455, alert: /^incident\.firing: .* is UP in HAProxy/m },
  { profile: "prometheus", service: "haprobe", port: 8405, alert: /^incident\.firing: .* is UP in HAProxy/m },
] as const;
const BROKEN = "lb-1/k8s-bare/cp-2";
/** An image is at most this large, uncompressed. */
const IMAGE_MAX_BYTES = 200_000_000;
const WAIT = { timeout: 120_000, interval: 500 };

let podman: Podman;
beforeAll(async () => {
  podman = await Podman.start();
  await podman.buildImages();
}, 1_800_000);
afterAll(() => podman?.[Symbol.asyncDispose](), 120_000);
afterEach(() => podman.compose("--profile", "*", "down", "--volumes", "--timeout", "3"), 120_000);

async function getJson<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

async function readServer(port: number): Promise<ServerStatus | undefined> {
  const { servers } = await getJson<{ servers: ServerStatus[] }>(`http://127.0.0.1:${port}/api/v1/servers`);
  return servers.find(({ key }) => key === BROKEN);
}

async function readIncidents(port: number): Promise<readonly Incident[]> {
  const { incidents } = await getJson<{ incidents: Incident[] }>(`http://127.0.0.1:${port}/api/v1/incidents`);
  return incidents.filter(({ verdict }) => verdict === "false-up");
}

/** Ids of the messages about a beginning that arrived. */
async function readSent(port: number): Promise<readonly string[]> {
  const url = `http://127.0.0.1:${port}/api/v1/notifications?status=sent`;
  const { notifications } = await getJson<{ notifications: { id: string; kind: string }[] }>(url);
  return notifications.filter(({ kind }) => kind === "firing").map(({ id }) => id);
}

async function readIntervals(port: number): Promise<readonly { verdict: string | null; from: string }[]> {
  const url = `http://127.0.0.1:${port}/api/v1/servers/${BROKEN}/history`;
  return (await getJson<{ intervals: { verdict: string | null; from: string }[] }>(url)).intervals;
}

async function receiverLog(): Promise<string> {
  // docker compose erases the line before each one, even without a terminal.
  return stripVTControlCharacters((await podman.compose("logs", "--no-log-prefix", "--no-color", "receiver")).stdout);
}

/** The headline of the page. */
async function readHeadline(port: number, text: RegExp): Promise<string> {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    const heading = page.getByRole("heading", { name: text }).first();
    await heading.waitFor({ timeout: 30_000 });
    return (await heading.textContent()) ?? "";
  } finally {
    await browser.close();
  }
}

describe.each(PROFILES)("docker compose, profile $profile", ({ profile, service, port, alert }) => {
  test("breaks a server: REST, the page and the receiver say so, and a restart keeps the history", async () => {
    const profiles = profile === null ? [] : ["--profile", profile];
    await podman.compose(...profiles, "up", "--detach", "--no-build", "--wait");
    await expect.poll(() => readServer(port).catch(() => null), WAIT).toMatchObject({ verdict: "agree-up" });

    const { stdout } = await podman.compose("exec", "-T", "clients", "demo", "break", "cp-2", "etcd");
    expect(stdout).toContain("cp-2 has lost its etcd");
    await expect.poll(() => readServer(port), WAIT).toMatchObject({ verdict: "false-up", phase: "confirmed" });
    expect(await readHeadline(port, /UP in HAProxy/)).toMatch(/failing/);
    await expect.poll(receiverLog, WAIT).toMatch(alert);
    const [before] = await readIncidents(port);
    expect(before?.state).toBe("open");
    if (profile !== null) await EXTRA[profile]?.();

    const restartedAt = new Date().toISOString();
    await podman.compose(...profiles, "restart", service);
    await expect.poll(() => readServer(port).catch(() => null), WAIT).toMatchObject({ verdict: "false-up" });
    const [after] = await readIncidents(port);
    expect(after).toMatchObject({ id: before?.id, confirmedAt: before?.confirmedAt });
    expect(await readIntervals(port)).toContainEqual(
      expect.objectContaining({ verdict: "false-up", from: expect.toSatisfy((at: string) => at < restartedAt) }),
    );

    await podman.compose("exec", "-T", "clients", "demo", "heal");
    await expect.poll(() => readServer(port), WAIT).toMatchObject({ verdict: "agree-up" });
  }, 600_000);
});

/** What else a profile shows while cp-2 is broken. */
const EXTRA: Partial<Record<string, () => Promise<void>>> = {
  async alertmanager() {
    const alerts = await getJson<{ labels: { alertname: string } }[]>("http://127.0.0.1:9093/api/v2/alerts");
    expect(alerts.map(({ labels }) => labels.alertname)).toContain("HaprobeFalseUp");
  },
  async postgres() {
    const count = ["psql", "--username", "haprobe", "--tuples-only", "--command", "select count(*) from incident"];
    const { stdout } = await podman.compose("exec", "-T", "postgres", ...count);
    expect(Number(stdout)).toBeGreaterThan(0);
  },
  async pair() {
    const { findings } = await getJson<{ findings: { code: string }[] }>("http://127.0.0.1:8445/api/v1/findings");
    expect(findings.map(({ code }) => code)).toContain("split");
  },
  async vantages() {
    const vantages = async (port: number) =>
      (await readIncidents(port)).map(({ id, members }) => ({
        id,
        vantages: new Set(members.flatMap(({ key, vantage }) => (key === BROKEN ? [vantage] : []))),
      }));
    await expect.poll(() => vantages(8455), WAIT).toMatchObject([{ vantages: new Set(["host-a", "host-b"]) }]);
    const here = await vantages(8455);
    await expect.poll(() => vantages(8465), WAIT).toEqual(here);
    expect(await readSent(8455)).toHaveLength(1);
    expect(await readSent(8465)).toEqual(await readSent(8455));
    // One of these two, and one of the haprobe that every profile has.
    await expect.poll(async () => (await receiverLog()).match(/^incident\.firing: /gm), WAIT).toHaveLength(2);
  },
  async prometheus() {
    const targets = async () =>
      (
        await getJson<{ data: { activeTargets: { labels: { job: string }; health: string }[] } }>(
          "http://127.0.0.1:9090/api/v1/targets",
        )
      ).data.activeTargets.map(({ labels, health }) => `${labels.job} ${health}`);
    await expect.poll(targets, WAIT).toEqual(expect.arrayContaining(["haprobe up", "haproxy up"]));
    const firing = async () =>
      (
        await getJson<{ data: { alerts: { labels: { alertname: string }; state: string }[] } }>(
          "http://127.0.0.1:9090/api/v1/alerts",
        )
      ).data.alerts.map(({ labels, state }) => `${labels.alertname} ${state}`);
    await expect.poll(firing, WAIT).toContain("HaprobeFalseUp firing");
    // The stand-in has no Grafana: what can be seen is that the files are where Grafana reads them.
    const files = ["/etc/grafana/provisioning/datasources/haprobe.yaml", "/etc/haprobe-dashboards/haprobe.json"];
    await podman.compose("exec", "-T", "grafana", "cat", ...files);
  },
};

describe("the image", () => {
  test("is at most 200 MB, has its labels, and runs as a numeric user that owns its data", async () => {
    const { stdout } = await podman.podman("image", "inspect", "localhost/haprobe");
    const [image] = JSON.parse(stdout) as { Size: number; User: string; Labels: Record<string, string> }[];
    expect(image?.Size).toBeLessThan(IMAGE_MAX_BYTES);
    expect(image).toMatchObject({ User: "10001:10001", Labels: { "org.opencontainers.image.title": "haprobe" } });
    const script = "console.log(process.getuid(), fs.statSync('/var/lib/haprobe').uid, process.versions.node)";
    const node = ["run", "--rm", "--entrypoint", "node", "localhost/haprobe", "-e", script];
    const manifest = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
    const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
    expect((await podman.podman(...node)).stdout).toBe(`10001 10001 ${devDependencies["node"]}\n`);
  }, 60_000);

  test("keeps the small heap of serve as its first process, and stops within seconds", async () => {
    const run = ["run", "--detach", "--read-only", "--memory", "256m", "localhost/haprobe"];
    const { stdout } = await podman.podman(...run, "serve", "--haproxy", "unix:/run/none.sock");
    const id = stdout.trim();
    await expect.poll(() => podman.podman("exec", id, "haprobe", "health").catch(() => null), WAIT).not.toBeNull();
    const pid = (await podman.podman("inspect", "--format", "{{.State.Pid}}", id)).stdout.trim();
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain(
      "--max-semi-space-size=4\0--heap-growing-percent=40",
    );
    const before = performance.now();
    await podman.podman("stop", "--time", "30", id);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect((await podman.podman("inspect", "--format", "{{.State.ExitCode}}", id)).stdout.trim()).toBe("0");
    await podman.podman("rm", id);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  }, 120_000);
});
