import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { BACKENDS } from "../demo/backends.ts";
import { frontendPort } from "../demo/containers/clients.ts";
import { CREDENTIALS, writeCredentials } from "../demo/containers/credentials.ts";
import { SERVER_PORTS } from "../demo/containers/server.ts";
import { SERVERS } from "../demo/faults.ts";
import { haproxyConfig } from "../demo/haproxy-config.ts";
import { fileSystem } from "../server/config/file-system.ts";
import { loadSettings } from "../server/config/load.ts";
import type { Settings } from "../server/contract/settings.ts";

const ROOT = join(import.meta.dirname, "..");
const run = promisify(execFile);

interface Service {
  readonly image: string;
  readonly build?: string | { readonly context: string; readonly target?: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly group_add?: readonly string[];
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

const compose = parse(read("docker-compose.yml"), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, { driver_opts?: { o: string } } | null>;
  networks: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const haprobes = services.filter(([, { image }]) => image === "haprobe");
const longRunning = services.filter(([name]) => name !== "credentials");
const dockerfile = read("Dockerfile");
const manifest = JSON.parse(read("package.json")) as {
  version: string;
  devDependencies: Record<string, string>;
};
const nodeImage = `node:${manifest.devDependencies["node"]}-slim`;

/** What a path in the container of a service is outside of it; null for a volume. */
function hostPath({ volumes = [] }: Service, path: string): string | null {
  for (const volume of volumes) {
    const [source = "", target = ""] = volume.split(":");
    if (path === target || path.startsWith(`${target}/`)) {
      return source.startsWith(".") ? join(ROOT, source, path.slice(target.length)) : null;
    }
  }
  throw new Error(`${path} is in no mount`);
}

let credentials = "";
beforeAll(async () => {
  credentials = mkdtempSync(join(tmpdir(), "haprobe-deploy-"));
  await writeCredentials(credentials);
});
afterAll(() => rmSync(credentials, { recursive: true }));

/** The settings of a haprobe of docker-compose.yml, its default configuration file where it names none. */
function settingsOf(service: Service): Settings {
  const [command, option, file = "/etc/haprobe/haprobe.yaml"] = service.command ?? ["serve", "--config"];
  expect([command, option]).toEqual(["serve", "--config"]);
  const loaded = loadSettings({
    ...fileSystem,
    file: hostPath(service, file) ?? "",
    haproxy: [],
    env: { STATE_DIRECTORY: "/var/lib/haprobe", ...service.environment },
    cwd: "/app",
  });
  if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
  return loaded.settings;
}

describe("docker-compose.yml", () => {
  test.each(services)("%s mounts only what exists and volumes that are declared", (_name, { volumes = [] }) => {
    const missing = volumes
      .map((volume) => volume.split(":")[0] ?? "")
      .filter((source) => (source.startsWith(".") ? !existsSync(join(ROOT, source)) : !(source in compose.volumes)));
    expect(missing).toEqual([]);
  });

  test("declares no volume, network or profile that is not used", () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")[0]));
    expect(Object.keys(compose.volumes).filter((name) => !mounted.includes(name))).toEqual([]);
    const joined = services.flatMap(([, { networks = [] }]) => networks);
    expect(new Set(Object.keys(compose.networks))).toEqual(new Set(joined));
    const described = [...read("docker-compose.yml").matchAll(/^# +--profile (\S+)/gm)].map((match) => match[1]);
    expect(new Set(services.flatMap(([, { profiles = [] }]) => profiles))).toEqual(new Set(described));
  });

  test.each(services)("%s has a read-only root, no capabilities and no way to more rights", (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      mem_limit: expect.stringMatching(/^\d+m$/),
    });
    expect(service.user ?? "").not.toMatch(/^(root|0)/);
  });

  test.each(services)(
    "%s waits for services that exist, and for the health of those that have a check",
    (name, service) => {
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        const other = compose.services[needed];
        expect(other, `${name} needs ${needed}`).toBeDefined();
        const expected = other?.healthcheck === undefined ? "service_completed_successfully" : "service_healthy";
        expect(condition).toBe(expected);
        // What it needs is there in each profile in which it is.
        if (other?.profiles === undefined) continue;
        expect(service.profiles).toBeDefined();
        for (const profile of service.profiles ?? []) expect(other.profiles).toContain(profile);
      }
    },
  );

  test.each(longRunning)("%s has a health check", (_name, { healthcheck }) => {
    expect(healthcheck?.test[0]).toBe("CMD");
  });

  test("publishes ports on loopback only, each once, those of haprobe as their public-url says", () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
    expect(new Set(ports.map((port) => port.split(":")[1])).size).toBe(ports.length);
    for (const [name, service] of haprobes) {
      const { listen, publicUrl, allowedHosts } = settingsOf(service);
      expect(listen).toEqual({ host: "0.0.0.0", port: 8405 });
      expect(service.ports).toEqual([`127.0.0.1:${new URL(publicUrl ?? "").port}:8405`]);
      expect(allowedHosts).toContain(name);
    }
    expect(compose.services["haprobe"]?.ports).toEqual(["127.0.0.1:8405:8405"]);
  });

  test("the addresses in its first lines are those that it publishes", () => {
    const head = read("docker-compose.yml").split("\nname:")[0] ?? "";
    const named = [...head.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)].map((match) => match[1]);
    const published = services.flatMap(([, { ports = [] }]) => ports).map((port) => port.split(":")[1]);
    expect(new Set(named)).toEqual(new Set(published));
  });

  test.each(haprobes)(
    "%s polls sockets that it mounts from the HAProxy that makes them, in its group",
    (_name, service) => {
      for (const { stats } of settingsOf(service).instances) {
        if (stats.kind !== "unix") continue;
        const folder = posix.dirname(stats.path);
        const volume = service.volumes?.find((each) => each.split(":")[1] === folder)?.split(":")[0] ?? "";
        const maker = services.find(
          ([, { image, volumes = [] }]) => image.startsWith("haproxy:") && volumes.includes(`${volume}:/run/haproxy`),
        );
        expect(maker, volume).toBeDefined();
        expect(service.depends_on).toHaveProperty(maker?.[0] ?? "");
        const [, gid = ""] = /gid=(\d+)/.exec(compose.volumes[volume]?.driver_opts?.o ?? "") ?? [];
        expect(service.group_add).toContain(gid);
      }
    },
  );

  test.each(haprobes)(
    "%s reaches the hosts that its configuration names, and keeps its state in a volume",
    (_name, service) => {
      const settings = settingsOf(service);
      expect(hostPath(service, settings.dataDir ?? "")).toBeNull();
      const hosts = JSON.stringify(settings).match(/(?<=\/\/(?:[^"/@]*@)?)[a-z][a-z0-9-]*(?=[:/])/g) ?? [];
      expect(hosts.length).toBeGreaterThan(0);
      for (const host of hosts) {
        const networks = compose.services[host]?.networks ?? [];
        expect(
          networks.some((network) => service.networks?.includes(network)),
          host,
        ).toBe(true);
      }
    },
  );

  test("names only files of /credentials that are written there", () => {
    const texts = [
      ...readdirSync(join(ROOT, "deploy/compose"), { recursive: true, encoding: "utf8" })
        .map((path) => join("deploy/compose", path))
        .filter((path) => /\.\w+$/.test(path) && !path.endsWith(".d"))
        .map(read),
      read("docker-compose.yml"),
    ].join("\n");
    const named = new Set([...texts.matchAll(/\/credentials\/([\w.]+)/g)].map((match) => match[1] ?? ""));
    expect(named.size).toBeGreaterThan(2);
    expect([...named].filter((name) => !(Object.values(CREDENTIALS) as string[]).includes(name))).toEqual([]);
    expect([...named].filter((name) => !existsSync(join(credentials, name)))).toEqual([]);
  });

  test("gives each container of the demo a command that it knows", () => {
    const demo = services.filter(([, { image }]) => image === "haprobe-demo");
    const commands = demo.map(([, { command = [] }]) => command.join(" "));
    const servers = SERVERS.map((server) => `server ${server}`);
    expect(new Set(commands)).toEqual(new Set([...servers, "clients", "receiver", "credentials"]));
  });

  test.each(services)("%s is an image with a version, or one that is built here", (_name, service) => {
    const built = services.filter(([, other]) => other.build).map(([, other]) => other.image);
    if (built.includes(service.image)) return;
    expect(service.image).toMatch(/:v?\d+(\.\d+)*$/);
  });

  test("builds stages of the Dockerfile", () => {
    const stages = [...dockerfile.matchAll(/^FROM .+ AS (\S+)$/gm)].map((match) => match[1]);
    const targets = services.map(([, { build }]) => (typeof build === "object" ? build.target : undefined));
    expect(targets.filter((target) => target !== undefined && !stages.includes(target))).toEqual([]);
  });
});

describe("deploy/compose/haproxy", () => {
  const haproxies = services.filter(([, { image }]) => image.startsWith("haproxy:"));

  test.each(haproxies)("%s takes its configuration without a warning", async (_name, service) => {
    const path = hostPath(service, "/usr/local/etc/haproxy/haproxy.cfg") ?? "";
    const file = join(credentials, "haproxy.cfg");
    writeFileSync(file, readFileSync(path, "utf8").replaceAll("/credentials/", `${credentials}/`));
    const haproxy = process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
    const env = { ...process.env, STATS_PASSWORD: "example" };
    const { stdout, stderr } = await run(haproxy, ["-c", "-f", file], { env });
    expect(`${stdout}${stderr}`).not.toMatch(/warning|alert/i);
  });

  test("has the demo's four backends, word for word, and a frontend for the clients of each", () => {
    const text = read("deploy/compose/haproxy/haproxy.cfg");
    const at = (port: number) => SERVERS.map((name) => ({ name, host: name, port }));
    const demo = haproxyConfig({
      folder: "/credentials",
      endpoints: { open: at(SERVER_PORTS.open), token: at(SERVER_PORTS.token) },
    });
    for (const { name } of BACKENDS) {
      const [, section = ""] = new RegExp(`\\nbackend ${name}\\n((?: .+\\n)+)`).exec(demo) ?? [];
      expect(text).toContain(`backend ${name}\n${section}`);
      expect(text).toContain(`frontend to-${name}\n    bind :${frontendPort(name)}\n    default_backend ${name}\n`);
    }
  });

  test("gives haprobe no right to change anything, and the stats page its password", () => {
    for (const file of ["haproxy.cfg", "second.cfg"]) {
      expect(read(`deploy/compose/haproxy/${file}`)).toMatch(
        /^ +stats socket \/run\/haproxy\/admin.sock mode 660 level user$/m,
      );
    }
    const page = compose.services["haprobe-page"];
    const [stats] = page === undefined ? [] : settingsOf(page).instances.map((instance) => instance.stats);
    expect(stats).toMatchObject({ kind: "page", host: "haproxy", port: 8404, path: "/stats" });
    expect(page?.environment).toEqual(compose.services["haproxy"]?.environment);
  });
});

describe("Dockerfile", () => {
  test("copies only what exists and what .dockerignore lets through", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      (match) => match[1]?.split(" ") ?? [],
    );
    const allowed = read(".dockerignore").split("\n");
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(copied.filter((path) => !allowed.includes(`!${path}`))).toEqual([]);
    expect(allowed.filter((line) => line.startsWith("!") && !copied.includes(line.slice(1)))).toEqual([]);
  });

  test("stands on the Node.js that the tests run on, pinned", () => {
    const bases = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map((match) => match[1]);
    expect(new Set(bases)).toEqual(new Set([nodeImage, "build", "scratch"]));
    expect(dockerfile).toContain(`image.base.name="docker.io/library/${nodeImage}"`);
    expect(dockerfile).toContain(`ARG VERSION=${manifest.version}\n`);
  });

  test("runs as a numeric user, stops by SIGTERM and checks its health by haprobe itself", () => {
    const [final = ""] = dockerfile.split("\nFROM ").slice(-1);
    expect(final).toMatch(/^USER 10001:10001$/m);
    expect(final).toMatch(/^STOPSIGNAL SIGTERM$/m);
    const check = compose.services["haprobe"]?.healthcheck?.test ?? [];
    expect(check).toEqual(["CMD", "haprobe", "health", "--url", "http://127.0.0.1:8405"]);
    expect(final).toContain(`CMD ${JSON.stringify(check.slice(1)).replaceAll(",", ", ")}`);
    expect(final).toMatch(/^EXPOSE 8405$/m);
  });
});

describe("deploy/compose of Prometheus, Alertmanager and Grafana", () => {
  test("names services, their ports and networks that both are in", () => {
    const targets = [
      ["prometheus", read("deploy/compose/prometheus.yml")],
      ["alertmanager", read("deploy/compose/alertmanager.yml")],
      ["grafana", read("deploy/compose/grafana/datasources.yaml")],
    ] as const;
    for (const [from, text] of targets) {
      for (const [, host = ""] of text.matchAll(/["/]([a-z]+):\d{4}/g)) {
        const networks = compose.services[host]?.networks ?? [];
        expect(
          compose.services[from]?.networks?.some((network) => networks.includes(network)),
          `${from} ${host}`,
        ).toBe(true);
      }
    }
  });

  test("provisions the dashboard that is mounted", () => {
    const { providers } = parse(read("deploy/compose/grafana/dashboards.yaml")) as {
      providers: { options: { path: string } }[];
    };
    const grafana = compose.services["grafana"] as Service;
    expect(
      providers.map(({ options }) => existsSync(join(hostPath(grafana, options.path) ?? "", "haprobe.json"))),
    ).toEqual([true]);
  });

  test("loads the rules that are mounted beside the configuration", () => {
    const { rule_files } = parse(read("deploy/compose/prometheus.yml")) as { rule_files: string[] };
    const prometheus = compose.services["prometheus"] as Service;
    expect(rule_files.every((file) => existsSync(hostPath(prometheus, `/etc/prometheus/${file}`) ?? ""))).toBe(true);
  });
});
