import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { buildWebIfStale } from "./web-bundle.ts";

/** Programs that the tests run for real, named as Debian names their packages. */
const NEEDED = ["haproxy", "chromium"];

const missing = NEEDED.filter((program) => !isInstalled(program));
if (missing.length > 0) install(missing);
buildWebIfStale();

/** True if the program is on the PATH or where Debian keeps it; an ordinary user's PATH has no sbin. */
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

/** Installs what is missing where that is in our power; otherwise says what to do and ends with 1. */
function install(packages: string[]): void {
  const names = packages.join(" and ");
  const mayInstall = process.getuid?.() === 0 && isInstalled("apt-get");
  if (!mayInstall) {
    console.error(
      `The tests run a real ${names}, not found here. Install with: sudo apt-get install ${packages.join(" ")}`,
    );
    console.error("(other systems: their packages of the same names), then run npm test again.");
    process.exit(1);
  }
  console.error(`The tests run a real ${names}: installing with apt-get.`);
  aptGet("update");
  aptGet("install", "--yes", "--no-install-recommends", ...packages);
  const still = packages.filter((program) => !isInstalled(program));
  if (still.length > 0) {
    console.error(`apt-get ended, but there is still no ${still.join(" and no ")}.`);
    process.exit(1);
  }
}

function aptGet(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync("apt-get", ["--quiet", ...args], { stdio: ["ignore", 2, 2], env });
  if (status !== 0) {
    console.error(`apt-get ${args.join(" ")} failed.`);
    process.exit(1);
  }
}
