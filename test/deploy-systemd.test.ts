import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../server/cli/exit-code.ts";
import { fileSystem } from "../server/config/file-system.ts";
import { loadSettings } from "../server/config/load.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Values of each key of the unit, in order. */
function unit(): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>();
  for (const [, key = "", value = ""] of read("deploy/systemd/haprobe.service").matchAll(/^([A-Za-z]+)=(.*)$/gm)) {
    keys.set(key, [...(keys.get(key) ?? []), value]);
  }
  return keys;
}

describe("deploy/systemd/haprobe.service", () => {
  test("is started by the command that the package installs, and reloads and stops as serve does", () => {
    expect(unit().get("ExecStart")).toEqual(["/usr/bin/haprobe serve"]);
    expect(unit().get("ExecReload")).toEqual(["/bin/sh -c 'kill -HUP $MAINPID'"]);
    expect(read("scripts/build-deb.ts")).toContain('write("usr/bin/haprobe"');
  });

  test("takes the messages that serve sends by another process, and restarts it unless its configuration is broken", () => {
    expect(unit().get("Type")).toEqual(["notify"]);
    expect(unit().get("NotifyAccess")).toEqual(["all"]);
    expect(unit().get("WatchdogSec")).toEqual(["30s"]);
    expect(unit().get("RestartPreventExitStatus")).toEqual([String(EXIT.config)]);
  });

  test("gives it its configuration, its state and HAProxy's group", () => {
    expect(unit().get("ConfigurationDirectory")).toEqual(["haprobe"]);
    expect(unit().get("StateDirectory")).toEqual(["haprobe"]);
    expect(unit().get("SupplementaryGroups")).toEqual(["haproxy"]);
    expect(unit().get("RestrictAddressFamilies")).toEqual(["AF_UNIX AF_INET AF_INET6"]);
  });

  test("names credentials that haprobe.yaml can name without a path", () => {
    const names = unit().get("LoadCredential") ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !/^haprobe-[a-z.-]+$/.test(name))).toEqual([]);
    for (const name of names) expect(read("docs/install-systemd.md")).toContain(`\`${name}\``);
  });
});

test("the configuration of the Debian package is valid, and polls the socket of Debian's HAProxy on loopback", () => {
  const file = join(ROOT, "deploy/debian/haprobe.yaml");
  const loaded = loadSettings({
    ...fileSystem,
    file,
    haproxy: [],
    env: { STATE_DIRECTORY: "/var/lib/haprobe" },
    cwd: "/",
  });
  expect(loaded.kind).not.toBe("broken");
  expect(loaded).toMatchObject({
    warnings: [],
    settings: {
      listen: { host: "127.0.0.1", port: 8405 },
      dataDir: "/var/lib/haprobe",
      instances: [{ stats: { kind: "unix", path: "/run/haproxy/admin.sock" } }],
    },
  });
  expect(read("deploy/debian/postrm")).toContain("/var/lib/private/haprobe");
});
