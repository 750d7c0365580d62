import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BACKENDS } from "../../demo/backends.ts";
import { SERVERS } from "../../demo/faults.ts";
import { alertSecretFile, haprobeConfig, tokenFile } from "../../demo/haprobe-config.ts";
import { caFile, type ServerEndpoint, haproxyConfig, statsSocket } from "../../demo/haproxy-config.ts";
import { loadSettings } from "../../server/config/load.ts";
import { makeAuthority } from "../support/certificates.ts";

const HAPROXY = process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hd-"));
  await writeFile(caFile(folder), (await makeAuthority()).ca);
  await writeFile(tokenFile(folder), "a-token");
  await writeFile(alertSecretFile(folder), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true }));

function endpointsAt(port: number): ServerEndpoint[] {
  return SERVERS.map((name, i) => ({ name, host: `127.0.0.${11 + i}`, port }));
}

describe("haproxy.cfg of the demo", () => {
  const config = (): string =>
    haproxyConfig({ folder, endpoints: { open: endpointsAt(6443), token: endpointsAt(6444) } });

  test("is accepted by HAProxy without a warning", async () => {
    const file = join(folder, "haproxy.cfg");
    await writeFile(file, config());
    const { stdout, stderr } = await promisify(execFile)(HAPROXY, ["-c", "-f", file]);
    expect(`${stdout}${stderr}`).not.toMatch(/warning|alert/i);
  });

  test("has a frontend and a backend for each kind of check, with all three servers", () => {
    for (const { name, port: access } of BACKENDS) {
      expect(config()).toContain(`frontend to-${name}\n`);
      const [, backend = ""] = config().split(`backend ${name}\n`).slice(-2);
      const ports = [...(backend.split("\n\n")[0] ?? "").matchAll(/^ +server (\S+) [\d.]+:(\d+) check/gm)];
      expect(ports.slice(0, 3).map(([, server, port]) => [server, port])).toEqual(
        SERVERS.map((server) => [server, access === "open" ? "6443" : "6444"]),
      );
    }
  });

  test("gives haprobe no right to change anything", () => {
    expect(config()).toContain(`stats socket ${statsSocket(folder)} mode 600 level user\n`);
  });
});

describe("haprobe.yaml of the demo", () => {
  test("is valid, without a warning, and polls the socket of haproxy.cfg", async () => {
    const file = join(folder, "haprobe.yaml");
    await writeFile(file, haprobeConfig(folder, 9_000));
    const readFile = (path: string): string => readFileSync(path, "utf8");
    const loaded = loadSettings({ file, haproxy: [], env: {}, readFile, cwd: "/" });
    expect(loaded).toMatchObject({
      kind: "loaded",
      warnings: [],
      settings: {
        instances: [{ stats: { kind: "unix", path: statsSocket(folder) } }],
        rules: [
          { match: { backend: ["k8s-token"] }, probe: { bearerTokenFile: tokenFile(folder), caFile: caFile(folder) } },
          { match: { backend: ["k8s-*"] }, probe: { bearerTokenFile: null, caFile: caFile(folder) } },
        ],
      },
    });
  });
});
