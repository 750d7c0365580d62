import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { aptGet, extractProgram, isInstalled, mayInstallPackages } from "./debian-packages.ts";
import { buildWebIfStale } from "./web-bundle.ts";

/** Programs that the tests run, by their package in Debian. */
const REQUIRED = ["haproxy", "chromium"];
/** Tests that need one of these are skipped without it; CI has them. */
const OPTIONAL = ["zsh", "fish"];
/** Programs of Debian's packages that would start a service when installed. */
const BIN = fileURLToPath(new URL("../.cache/bin", import.meta.url));
const EXTRACTED = [
  { program: "promtool", package: "prometheus", shared: null },
  {
    program: "prometheus-alertmanager",
    package: "prometheus-alertmanager",
    shared: "./usr/share/prometheus/alertmanager",
  },
];

const mayInstall = mayInstallPackages();
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
for (const each of toExtract) extractProgram(each, BIN);
if (wantsPostgres) installPostgres();
buildWebIfStale();

/** Without the cluster that Debian's package makes and starts: the tests start one of their own. */
function installPostgres(): void {
  aptGet("install", "--yes", "--no-install-recommends", "postgresql-common");
  mkdirSync("/etc/postgresql-common", { recursive: true });
  writeFileSync("/etc/postgresql-common/createcluster.conf", "create_main_cluster = false\n");
  aptGet("install", "--yes", "--no-install-recommends", "postgresql");
}
