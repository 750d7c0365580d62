import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import { exposureOf } from "../server/contract/listen.ts";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { fileSystem } from "../server/config/file-system.ts";
import { loadSettings } from "../server/config/load.ts";
import type { Settings } from "../server/contract/settings.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const { version } = JSON.parse(read("package.json")) as { version: string };

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly livenessProbe?: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe?: { readonly httpGet: { readonly path: string } };
  readonly startupProbe?: { readonly httpGet: { readonly path: string } };
}
interface Workload {
  readonly spec: {
    readonly replicas: number;
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
    readonly template: {
      readonly spec: {
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

function load(file: string): Settings {
  const loaded = loadSettings({
    ...fileSystem,
    file: join(ROOT, file),
    haproxy: [],
    env: { STATE_DIRECTORY: "/var/lib/haprobe" },
    cwd: "/",
  });
  if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
  return loaded.settings;
}

describe.each([
  ["base", "statefulset.yaml"],
  ["sidecar", "deployment.yaml"],
])("deploy/kubernetes/%s", (folder, file) => {
  const { spec } = parse(read(`deploy/kubernetes/${folder}/${file}`)) as Workload;
  const pod = spec.template.spec;
  const haprobe = pod.containers.find(({ name }) => name === "haprobe") as Container;
  const settings = load(`deploy/kubernetes/${folder}/haprobe.yaml`);

  test("starts haprobe with the configuration that it mounts, and names the port on which it listens", () => {
    expect(haprobe.args).toEqual(["serve", "--config", "/etc/haprobe/haprobe.yaml"]);
    expect(haprobe.volumeMounts).toContainEqual(expect.objectContaining({ mountPath: "/etc/haprobe", readOnly: true }));
    expect(haprobe.ports).toEqual([{ name: "http", containerPort: 8405 }]);
    // The kubelet asks by the pod's address; whatever else reaches it may only read.
    expect(settings.listen).toEqual({ host: "0.0.0.0", port: 8405 });
    expect(exposureOf(settings)).toBe("read-only");
  });

  test("keeps its data where the image does, and mounts only volumes of the pod", () => {
    const volumes = [
      ...pod.volumes.map(({ name }) => name),
      ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
    ];
    expect(haprobe.volumeMounts).toContainEqual({ name: "data", mountPath: settings.dataDir });
    const mounts = pod.containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
    expect(new Set(mounts)).toEqual(new Set(volumes));
    expect(read("Dockerfile")).toContain("STATE_DIRECTORY=/var/lib/haprobe");
  });

  test("runs without root, capabilities and a writable root, as the image's user", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    for (const { securityContext } of pod.containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
    const user = { ...pod.securityContext, ...haprobe.securityContext };
    expect(read("Dockerfile")).toContain(`\nUSER ${String(user["runAsUser"])}:${String(user["runAsGroup"])}\n`);
  });

  test("asks the health paths that haprobe serves", () => {
    expect(haprobe.livenessProbe?.httpGet.path).toBe("/livez");
    for (const probe of [haprobe.readinessProbe, haprobe.startupProbe]) {
      if (probe !== undefined) expect(probe.httpGet.path).toBe("/readyz");
    }
  });

  test("has the version of package.json", () => {
    expect(parse(read(`deploy/kubernetes/${folder}/kustomization.yaml`))).toMatchObject({
      images: [{ name: "haprobe", newTag: version }],
    });
  });
});

test("alone, it finds HAProxies by the DNS of a headless service", () => {
  expect(parse(read("deploy/kubernetes/base/haprobe.yaml"))).toMatchObject({
    haproxy: [{ discover: { dns: "haproxy-stats", port: 9999 } }],
  });
  expect(read("docs/install-kubernetes.md")).toContain("clusterIP: None");
});

test("as a sidecar it shares the directory of the socket, whose HAProxy configuration has no warning", async () => {
  const [instance] = load("deploy/kubernetes/sidecar/haprobe.yaml").instances;
  expect(instance?.stats).toMatchObject({ kind: "unix", path: "/run/haproxy/admin.sock" });
  const file = join(ROOT, "deploy/kubernetes/sidecar/haproxy.cfg");
  expect(readFileSync(file, "utf8")).toContain("stats socket /run/haproxy/admin.sock mode 660 level user");
  const haproxy = process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
  const { stdout, stderr } = await promisify(execFile)(haproxy, ["-c", "-f", file]);
  expect(`${stdout}${stderr}`).not.toMatch(/warning|alert/i);
});

describe("deploy/helm/haprobe", () => {
  const values = parse(read("deploy/helm/haprobe/values.yaml")) as Record<string, unknown>;
  const validate = new Ajv({ strict: true }).compile(
    JSON.parse(read("deploy/helm/haprobe/values.schema.json")) as object,
  );

  test("has the version of package.json", () => {
    expect(parse(read("deploy/helm/haprobe/Chart.yaml"))).toMatchObject({ version, appVersion: version });
  });

  test("has values that its schema takes, each of them described there", () => {
    expect(validate(values), JSON.stringify(validate.errors)).toBe(true);
    const { properties } = JSON.parse(read("deploy/helm/haprobe/values.schema.json")) as { properties: object };
    expect(new Set([...Object.keys(values), "global"])).toEqual(new Set(Object.keys(properties)));
  });

  test.each([
    ["an unknown key", { replicas: 2 }],
    ["an unknown mode", { mode: "daemonset" }],
    ["an address to listen on", { config: { listen: "127.0.0.1:1" } }],
    ["a size without a unit", { persistence: { size: "2" } }],
  ])("refuses %s", (_what, changed) => {
    expect(validate({ ...values, ...changed })).toBe(false);
  });

  test("has templates that name only values that exist", () => {
    const templates = [
      "_helpers.tpl",
      "configmap.yaml",
      "deployment.yaml",
      "service.yaml",
      "statefulset.yaml",
      "NOTES.txt",
    ]
      .map((file) => read(`deploy/helm/haprobe/templates/${file}`))
      .join("\n");
    const named = new Set([...templates.matchAll(/\.Values\.([a-zA-Z.]+)/g)].map((match) => match[1] ?? ""));
    const missing = [...named].filter(
      (path) =>
        path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values) ===
        undefined,
    );
    expect(missing).toEqual([]);
  });
});
