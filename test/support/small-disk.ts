import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";

/** Mounts a tmpfs with these options, such as `size=2m`, on a folder. */
export function mountTmpfs(at: string, options: string): AsyncDisposable & { remount(mode: string): void } {
  const mount = (...args: string[]): void => {
    const { status, stderr } = spawnSync("mount", [...args, at], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  };
  mount("-t", "tmpfs", "-o", options, "tmpfs");
  return {
    remount: (mode) => mount("-o", `remount,${mode}`),
    async [Symbol.asyncDispose]() {
      spawnSync("umount", ["-l", at]);
    },
  };
}

/** Why no file system can be mounted here, which it also prints; null where one can. */
export function mountMissing(): string | null {
  const { status, stderr } = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", tmpdir()], {
    encoding: "utf8",
  });
  if (status === 0) return null;
  process.stderr.write(`full and read-only disks are not tested: no tmpfs can be mounted (${stderr.trim()})\n`);
  return stderr;
}
