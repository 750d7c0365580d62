import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** True if the program is on the PATH or in an sbin folder, which a user's PATH lacks. */
export function isInstalled(program: string): boolean {
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
export function aptGet(...args: string[]): boolean {
  return run("apt-get", ["--quiet", ...args], process.cwd());
}

/** True where this process may install packages of Debian. */
export function mayInstallPackages(): boolean {
  return process.getuid?.() === 0 && isInstalled("apt-get");
}

/** A program that is extracted from a package of Debian, which would start a service when installed; `shared`: files with a fixed path. */
export interface ExtractedProgram {
  readonly program: string;
  readonly package: string;
  readonly shared: string | null;
}

/** Lays a program of a package into a folder, and files that it needs where it looks for them. */
export function extractProgram({ program, package: name, shared }: ExtractedProgram, folder: string): void {
  mkdirSync(folder, { recursive: true });
  run("apt-get", ["--quiet", "download", name], folder);
  const unpack = `dpkg-deb --fsys-tarfile ${name}_*.deb | tar -x`;
  run("sh", ["-c", `${unpack} --strip-components=3 ./usr/bin/${program}`], folder);
  if (shared !== null) run("sh", ["-c", `${unpack} -C / ${shared}`], folder);
  run("sh", ["-c", `rm -f ${name}_*.deb`], folder);
}

function run(program: string, args: readonly string[], cwd: string): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync(program, args, { stdio: ["ignore", 2, 2], env, cwd });
  if (status !== 0) console.error(`${program} ${args.join(" ")} failed.`);
  return status === 0;
}
