import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildWebIfStale } from "./web-bundle.ts";

/** Programs that the tests run, by their package in Debian. */
const REQUIRED = ["haproxy", "chromium"];
/** Tests that need one of these are skipped without it; CI has them. */
const OPTIONAL = ["zsh", "fish"];
/** Programs that are extracted from Debian's packages, which would start a service when installed; `shared`: files with a fixed path. */
const BIN = fileURLToPath(new URL("../.cache/bin", import.meta.url));
const EXTRACTED = [
  { program: "promtool", package: "prometheus", shared: null },
  {
    program: "prometheus-alertmanager",
    package: "prometheus-alertmanager",
    shared: "./usr/share/prometheus/alertmanager",
  },
];

const mayInstall = process.getuid?.() === 0 && isInstalled("apt-get");
/** Debian's package has no program on the PATH. */
const hasPostgres = globSync("/usr/lib/postgresql/*/bin/postgres").length > 0;
const missing = REQUIRED.filter((program) => !isInstalled(program));
const isCi = process.env["CI"] === "true" && mayInstall;
const wanted = isCi ? OPTIONAL.filter((program) => !isInstalled(program)) : [];
const toExtract = isCi
  ? EXTRACTED.filter(({ program }) => !isInstalled(program) && !existsSync(join(BIN, program)))
  : [];

if (missing.length > 0 && !mayInstall) {
  const names = missing.join(" and ");
  console.error(
    `The tests run a real ${names}, not found here. Install with: sudo apt-get install ${missing.join(" ")}`,
  );
  console.error("(other systems: their packages of the same names), then run npm test again.");
  process.exit(1);
}
const wantsPostgres = isCi && !hasPostgres;
if (missing.length + wanted.length + toExtract.length > 0 || wantsPostgres) aptGet("update");
if (missing.length > 0) {
  console.error(`The tests run a real ${missing.join(" and ")}: installing with apt-get.`);
  const installed = aptGet("install", "--yes", "--no-install-recommends", ...missing);
  const still = missing.filter((program) => !isInstalled(program));
  if (!installed || still.length > 0) {
    console.error(`apt-get ended, but there is still no ${still.join(" and no ")}.`);
    process.exit(1);
  }
}
if (wanted.length > 0) aptGet("install", "--yes", "--no-install-recommends", ...wanted);
for (const each of toExtract) extractProgram(each);
if (wantsPostgres) installPostgres();
buildWebIfStale();

/** True if the program is on the PATH or in an sbin folder, which a user's PATH lacks. */
function isInstalled(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/bin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs apt-get; prints the error and returns false if it fails. */
function aptGet(...args: string[]): boolean {
  return run("apt-get", ["--quiet", ...args], process.cwd());
}

/** Without the cluster that Debian's package makes and starts: the tests start one of their own. */
function installPostgres(): void {
  aptGet("install", "--yes", "--no-install-recommends", "postgresql-common");
  mkdirSync("/etc/postgresql-common", { recursive: true });
  writeFileSync("/etc/postgresql-common/createcluster.conf", "create_main_cluster = false\n");
  aptGet("install", "--yes", "--no-install-recommends", "postgresql");
}

/** Lays a program of a package into `.cache/bin`, and files that it needs where it looks for them. */
function extractProgram({ program, package: name, shared }: (typeof EXTRACTED)[number]): void {
  mkdirSync(BIN, { recursive: true });
  run("apt-get", ["--quiet", "download", name], BIN);
  const unpack = `dpkg-deb --fsys-tarfile ${name}_*.deb | tar -x`;
  run("sh", ["-c", `${unpack} --strip-components=3 ./usr/bin/${program}`], BIN);
  if (shared !== null) run("sh", ["-c", `${unpack} -C / ${shared}`], BIN);
  run("sh", ["-c", `rm -f ${name}_*.deb`], BIN);
}

function run(program: string, args: readonly string[], cwd: string): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync(program, args, { stdio: ["ignore", 2, 2], env, cwd });
  if (status !== 0) console.error(`${program} ${args.join(" ")} failed.`);
  return status === 0;
}
