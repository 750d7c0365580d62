import { execFile } from "node:child_process";
import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { EXIT } from "../../server/cli/exit-code.ts";
import { Podman } from "../support/podman.ts";

const ROOT = join(import.meta.dirname, "../..");
const PACKAGES = join(ROOT, "packages");
const exec = promisify(execFile);
const WAIT = { timeout: 120_000, interval: 500 };
/** Highest exposure that `systemd-analyze security` may print, from 0 to 10. */
const EXPOSURE_MAX = 1.6;

let podman: Podman;
let id = "";
/** A Debian with systemd as its first process and HAProxy from its packages. */
beforeAll(async () => {
  await exec("npm", ["run", "build:deb"], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  podman = await Podman.start();
  const image = await podman.makeSystem("bookworm", [
    "systemd-sysv",
    "dbus",
    "haproxy",
    "libatomic1",
    "libstdc++6",
    "curl",
  ]);
  const mount = `type=bind,src=${PACKAGES},dst=/packages,ro=true`;
  const flags = ["--detach", "--privileged", "--systemd=always", "--network", "none", "--mount", mount];
  id = (await podman.podman("run", ...flags, image, "/sbin/init")).stdout.trim();
  await vi.waitUntil(async () => /running|degraded/.test(await inside("systemctl is-system-running || true")), WAIT);
}, 1_800_000);
afterAll(async () => {
  await podman?.[Symbol.asyncDispose]();
  rmSync(PACKAGES, { recursive: true, force: true });
}, 120_000);

/** Output of a shell command in the container; rejects unless it exits with 0. */
async function inside(command: string): Promise<string> {
  return (await podman.podman("exec", id, "sh", "-c", command)).stdout.trim();
}

const show = (property: string): Promise<string> => inside(`systemctl show haprobe --value --property ${property}`);

describe("the Debian package, in a Debian with systemd", () => {
  test("is installed, and its service is active once it answers", async () => {
    const [file = ""] = globSync("haprobe_*.deb", { cwd: PACKAGES });
    await inside(`dpkg --install /packages/${file}`);
    expect(await show("ActiveState")).toBe("active");
    expect(await inside("haprobe health")).toContain("readyz check passed");
    expect(await inside("curl -s 127.0.0.1:8405/api/v1/instances")).toMatch(/"state":"ok","version":"2\.6/);
    expect(await inside("curl -s 127.0.0.1:8405/")).toContain("assets/index-");
    expect(await inside("stat --format %a /var/lib/private/haprobe")).toBe("700");
  }, 120_000);

  test("is reloaded, and stays the same process", async () => {
    const pid = await show("MainPID");
    await inside("systemctl reload haprobe");
    await expect.poll(() => inside("journalctl --unit haprobe"), WAIT).toContain("configuration loaded");
    expect([await show("ActiveState"), await show("MainPID")]).toEqual(["active", pid]);
  }, 120_000);

  test("is restarted by the watchdog where its event loop stands still", async () => {
    await inside(`kill -STOP ${await show("MainPID")}`);
    await expect.poll(() => show("NRestarts"), WAIT).toBe("1");
    await expect.poll(() => show("ActiveState"), WAIT).toBe("active");
    expect(await inside("journalctl --unit haprobe")).toContain("watchdog");
  }, 200_000);

  test("is not restarted where its configuration is broken", async () => {
    await inside("echo 'lisen: 1' >>/etc/haprobe/haprobe.yaml; systemctl restart haprobe || true");
    await expect.poll(() => show("ActiveState"), WAIT).toBe("failed");
    expect(await show("ExecMainStatus")).toBe(String(EXIT.config));
    expect(await inside("journalctl --unit haprobe")).toContain("lisen");
  }, 120_000);

  test("is exposed as little as the documentation says", async () => {
    const text = await inside("systemd-analyze security haprobe.service --no-pager | tail -1");
    const [, exposure = ""] = /: ([\d.]+) /.exec(text) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(EXPOSURE_MAX);
  });

  test("leaves its configuration when it is removed, and nothing when it is purged", async () => {
    const find = "find / -xdev -name '*haprobe*' -not -path '/proc/*' -not -path '/packages/*' -not -path '/run/*'";
    await inside("dpkg --remove haprobe");
    expect(await inside(`${find} -path '/usr/*'`)).toBe("");
    expect(await inside("ls /etc/haprobe")).toBe("haprobe.yaml");
    await inside("dpkg --purge haprobe");
    expect(await inside(find)).toBe("");
  }, 120_000);
});
