import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "..");
const run = promisify(execFile);

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target?: string };
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

const compose = parse(read("docker-compose.yml"), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const dockerfile = read("deploy/Dockerfile");
const haproxyCfg = read("deploy/haproxy.cfg");

describe("deploy/haproxy.cfg", () => {
  test("is one that HAProxy takes without a warning", async () => {
    const haproxy = process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
    const { stdout, stderr } = await run(haproxy, ["-c", "-f", join(ROOT, "deploy/haproxy.cfg")]);
    expect(`${stdout}${stderr}`).not.toMatch(/warning|alert/i);
  });

  test("puts its stats socket into the directory that haprobe polls", () => {
    const [, socket = ""] = /stats socket (\S+)/.exec(haproxyCfg) ?? [];
    const config = parse(read("deploy/haprobe.yaml")) as { haproxy: { stats: string }[] };
    expect(config.haproxy.map((instance) => instance.stats)).toEqual([`unix:${socket}`]);
    for (const name of ["haproxy", "haprobe"]) {
      expect(compose.services[name]?.volumes).toContain(`haproxy-run:${posix.dirname(socket)}`);
    }
  });

  test("names only servers that docker-compose.yml starts", () => {
    const named = [...haproxyCfg.matchAll(/^ +server \S+ (\S+):\d+/gm)].map((match) => match[1] ?? "");
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => compose.services[name] === undefined)).toEqual([]);
  });
});

describe("docker-compose.yml", () => {
  test.each(services)("%s mounts only files that exist and volumes that are declared", (_name, service) => {
    const sources = (service.volumes ?? []).map((volume) => volume.split(":")[0] ?? "");
    const missing = sources.filter((source) =>
      source.startsWith(".") ? !existsSync(join(ROOT, source)) : !(source in compose.volumes),
    );
    expect(missing).toEqual([]);
  });

  test.each(services)("%s is an image of a registry or the one that is built here", (_name, service) => {
    const built = services.filter(([, other]) => other.build).map(([, other]) => other.image);
    expect([...built, "haproxy:3.0"]).toContain(service.image);
  });

  test.each(services.filter(([, { build }]) => build))("%s is a stage of the Dockerfile", (_name, { build }) => {
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1]);
    expect([...stages, undefined]).toContain(build?.target);
  });

  test("publishes ports on loopback only, the dashboard's among them", () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports).toContain("127.0.0.1:8405:8405");
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });
});

describe("deploy/Dockerfile", () => {
  test("copies only what exists and what .dockerignore lets through", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      (match) => match[1]?.split(" ") ?? [],
    );
    const allowed = read(".dockerignore").split("\n");
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(copied.filter((path) => !allowed.includes(`!${path}`))).toEqual([]);
  });

  test("every entry point is a file of the repository", () => {
    const scripts = [...dockerfile.matchAll(/^ENTRYPOINT \["node", "(.+)"\]$/gm)].map((match) => match[1] ?? "");
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((script) => !existsSync(join(ROOT, script)))).toEqual([]);
  });

  test("runs as an ordinary user, on a Node.js that package.json allows", () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    const versions = [...dockerfile.matchAll(/^FROM node:(\d+)-slim/gm)].map((match) => Number(match[1]));
    expect(new Set(versions)).toEqual(new Set([26]));
  });
});
