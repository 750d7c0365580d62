import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "../..");
const IMAGES = join(import.meta.dirname, "container-images");
/** The release of Debian that the stand-ins are made of: it has HAProxy 3.0, PostgreSQL 17 and docker compose. */
const RELEASE = "trixie";
const MIRROR = "http://deb.debian.org/debian";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PACKAGES = ["podman", "buildah", "runc", "netavark", "aardvark-dns", "iptables", "debootstrap", "uidmap"];
const HEALTH_CHECKS_EVERY_MS = 1_000;
const NODE_IMAGE = /^FROM (?:--platform=\S+ )?(node:\S+)/m;

/** True if podman's networks have chains in the packet filter. */
const HAS_CHAINS = "iptables-save | grep -q NETAVARK";
/** Removes what podman leaves in the kernel after its last container: chains of the packet filter, and control groups. */
const REMOVE_TRACES = `
for each in iptables ip6tables; do $each-save | grep -v NETAVARK | $each-restore; done
find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} +`;

const exec = promisify(execFile);

/** Output of a finished command. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** podman with a storage of its own, and Docker's compose that talks to it. */
export class Podman implements AsyncDisposable {
  readonly #folder: string;
  readonly #keeps: boolean;
  readonly #env: NodeJS.ProcessEnv;
  #service: ChildProcess | null = null;
  #checks: NodeJS.Timeout | null = null;
  #checking: Promise<void> = Promise.resolve();
  /** Another podman of this machine has networks. */
  #isShared = false;

  private constructor(folder: string, keeps: boolean) {
    this.#folder = folder;
    this.#keeps = keeps;
    this.#env = {
      ...process.env,
      CONTAINERS_CONF: join(folder, "containers.conf"),
      CONTAINERS_STORAGE_CONF: join(folder, "storage.conf"),
      BUILDAH_ISOLATION: "chroot",
      BUILDAH_FORMAT: "docker",
      // Health checks are run below: podman leaves them to systemd's timers.
      DISABLE_HC_SYSTEMD: "true",
      DOCKER_HOST: `unix://${join(folder, "podman.sock")}`,
    };
  }

  /** Installs what is missing and starts podman's service. HAPROBE_TEST_CONTAINERS keeps images in a folder for the next run. */
  static async start(): Promise<Podman> {
    const kept = process.env["HAPROBE_TEST_CONTAINERS"];
    await installPackages();
    if (kept !== undefined) mkdirSync(kept, { recursive: true });
    const folder = kept ?? mkdtempSync(join(tmpdir(), "haprobe-compose-"));
    const podman = new Podman(folder, kept !== undefined);
    podman.#writeConfig();
    podman.#isShared = await exec("sh", ["-c", HAS_CHAINS]).then(
      () => true,
      () => false,
    );
    await fetchCompose(folder);
    podman.#service = spawn("podman", ["system", "service", "--time", "0", podman.#env["DOCKER_HOST"] ?? ""], {
      env: podman.#env,
      stdio: "ignore",
    });
    podman.#checks = setInterval(() => {
      podman.#checking = podman.#checking.then(() => podman.#runHealthChecks());
    }, HEALTH_CHECKS_EVERY_MS);
    return podman;
  }

  /** Makes the stand-ins under the names that the Dockerfile and docker-compose.yml have, then builds the shipped images. */
  async buildImages(): Promise<void> {
    const { services } = parse(readFileSync(join(ROOT, "docker-compose.yml"), "utf8"), { merge: true }) as {
      services: Record<string, { image: string; build?: unknown }>;
    };
    const built = Object.values(services).flatMap(({ image, build }) => (build === undefined ? [] : [image]));
    const pulled = new Set(
      Object.values(services)
        .map(({ image }) => image)
        .filter((image) => !built.includes(image)),
    );
    const [, node = ""] = NODE_IMAGE.exec(readFileSync(join(ROOT, "Dockerfile"), "utf8")) ?? [];
    await this.#makeBase();
    await this.#makeNode(node);
    for (const image of pulled) {
      const [, name = ""] = /([^/]+):/.exec(image) ?? [];
      await this.#build([...containerfile(name), "--tag", qualified(image), IMAGES]);
    }
    await this.#build(["--tag", "localhost/haprobe", ROOT]);
    await this.#build(["--tag", "localhost/haprobe-demo", "--target", "demo", ROOT]);
  }

  /** Makes an image of a Debian with these packages, and returns its name. */
  async makeSystem(release: string, packages: readonly string[]): Promise<string> {
    const image = `localhost/haprobe-test-${release}`;
    await this.#importDebian(image, release, packages);
    return image;
  }

  async podman(...args: string[]): Promise<CommandOutput> {
    return exec("podman", args, { env: this.#env, maxBuffer: 64 * 1024 * 1024 });
  }

  async compose(...args: string[]): Promise<CommandOutput> {
    return exec(join(this.#folder, "docker-compose"), args, {
      env: this.#env,
      cwd: ROOT,
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#checks !== null) clearInterval(this.#checks);
    await this.#checking;
    await this.podman("rm", "--all", "--force", "--time", "0");
    await this.podman("volume", "prune", "--force");
    await this.podman("network", "prune", "--force");
    if (this.#service?.exitCode === null) {
      this.#service.kill();
      await once(this.#service, "exit");
    }
    this.#endMonitors();
    if (!this.#isShared) await exec("sh", ["-c", REMOVE_TRACES]).catch(() => {});
    if (this.#keeps) return;
    // Lazily: a process of podman may hold the mount for a moment after its end.
    await exec("umount", ["--lazy", join(this.#folder, "graph/overlay")]).catch(() => {});
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Ends the monitors of commands that ran in containers: each waits for five minutes after its command. */
  #endMonitors(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        if (command.startsWith("/usr/bin/conmon") && command.includes(this.#folder))
          process.kill(Number(pid), "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  #writeConfig(): void {
    const at = (name: string): string => JSON.stringify(join(this.#folder, name));
    const limits = `default_ulimits=["nofile=10000:10000","nproc=10000:10000"]`;
    writeFileSync(
      join(this.#folder, "containers.conf"),
      `[containers]\n${limits}\nlog_driver="k8s-file"\n[network]\nnetwork_config_dir=${at("networks")}\n` +
        `[engine]\ncgroup_manager="cgroupfs"\nruntime="runc"\nevents_logger="file"\n`,
    );
    writeFileSync(
      join(this.#folder, "storage.conf"),
      `[storage]\ndriver="overlay"\ngraphroot=${at("graph")}\nrunroot=${at("run")}\n`,
    );
  }

  async #runHealthChecks(): Promise<void> {
    try {
      const { stdout } = await this.podman("ps", "--quiet", "--filter", "status=running");
      for (const id of stdout.split("\n").filter((line) => line !== "")) {
        // It fails where the container has no check, is unhealthy, or has just ended.
        await this.podman("healthcheck", "run", id).catch(() => {});
      }
    } catch {
      // The next round sees what is there then.
    }
  }

  async #makeBase(): Promise<void> {
    await this.#importDebian("localhost/haprobe-test-base", RELEASE, ["ca-certificates"]);
  }

  /** Makes an image of a Debian unless it is there. */
  async #importDebian(image: string, release: string, packages: readonly string[]): Promise<void> {
    if (await this.#hasImage(image)) return;
    const root = join(this.#folder, "debian");
    const options = ["--variant=minbase", `--include=${packages.join(",")}`, `--keyring=${KEYRING}`];
    await exec("debootstrap", [...options, release, root, MIRROR], { maxBuffer: 64 * 1024 * 1024 });
    const archive = join(this.#folder, "debian.tar");
    await exec("tar", ["-C", root, "-cf", archive, "."]);
    await this.podman("import", "--change", "ENV DEBIAN_FRONTEND=noninteractive", archive, image);
    rmSync(root, { recursive: true });
    rmSync(archive);
  }

  async #makeNode(image: string): Promise<void> {
    if (await this.#hasImage(qualified(image))) return;
    const context = join(this.#folder, "node");
    mkdirSync(context, { recursive: true });
    cpSync(realpathSync(join(ROOT, "node_modules/node/bin/node")), join(context, "node"));
    const { stdout } = await exec("sh", ["-c", "command -v npm"]);
    // npm is a link to bin/npm-cli.js in its package.
    cpSync(join(realpathSync(stdout.trim()), "../.."), join(context, "npm"), { recursive: true, dereference: true });
    cpSync("/etc/ssl/certs/ca-certificates.crt", join(context, "ca.crt"), { dereference: true });
    await this.#build([...containerfile("node"), "--tag", qualified(image), context]);
    rmSync(context, { recursive: true });
  }

  async #hasImage(name: string): Promise<boolean> {
    return this.podman("image", "exists", name).then(
      () => true,
      () => false,
    );
  }

  async #build(args: readonly string[]): Promise<void> {
    await this.podman("build", "--network", "host", "--layers", ...args);
  }
}

/** Docker's name of an image in full. */
function qualified(image: string): string {
  return `docker.io/${image.includes("/") ? "" : "library/"}${image}`;
}

function containerfile(name: string): readonly string[] {
  return ["--file", join(IMAGES, `${name}.Containerfile`)];
}

async function installPackages(): Promise<void> {
  const missing: string[] = [];
  for (const name of PACKAGES) {
    await exec("dpkg-query", ["--status", name]).catch(() => missing.push(name));
  }
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  await exec("apt-get", ["update", "--quiet"], options);
  await exec("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...missing], options);
}

/** Takes docker compose from the package of a Debian that has it, without touching the system's packages. */
async function fetchCompose(folder: string): Promise<void> {
  const program = join(folder, "docker-compose");
  if (existsSync(program)) return;
  const apt = join(folder, "apt");
  for (const path of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(apt, path), { recursive: true });
  writeFileSync(join(apt, "sources.list"), `deb [signed-by=${KEYRING}] ${MIRROR} ${RELEASE} main\n`);
  const options = Object.entries({
    "Dir::Etc::SourceList": join(apt, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::Cache": join(apt, "cache"),
    "APT::Sandbox::User": "root",
  }).map(([name, value]) => `-o${name}=${value}`);
  await exec("apt-get", [...options, "update"]);
  await exec("apt-get", [...options, "download", "docker-compose"], { cwd: apt });
  await exec("sh", ["-c", "dpkg-deb --extract docker-compose_*.deb package"], { cwd: apt });
  const plugin = "package/usr/libexec/docker/cli-plugins/docker-compose";
  cpSync(existsSync(join(apt, plugin)) ? join(apt, plugin) : join(apt, "package/usr/bin/docker-compose"), program);
  rmSync(apt, { recursive: true });
}
