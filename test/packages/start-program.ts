import { spawn } from "node:child_process";

/** A running `haprobe serve` of some package. */
export interface RunningProgram extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly pid: number;
  log(): string;
}

/** Starts a program that ends up as `haprobe serve`, in a process group of its own, and waits until it listens. */
export async function startProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<RunningProgram> {
  const env = { ...process.env, ...options.env };
  const child = spawn(program, args, { cwd: options.cwd, env, stdio: ["ignore", "ignore", "pipe"], detached: true });
  let log = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      const [, found] = /listening on (http:[^" ]+)/.exec(log) ?? [];
      if (found !== undefined) resolve(found);
    });
    void ended.then((code) => reject(new Error(`${program} ended with ${code}: ${log}`)));
  });
  const pid = child.pid ?? 0;
  return {
    url,
    pid,
    log: () => log,
    async [Symbol.asyncDispose]() {
      // npx may have started other processes between.
      if (child.exitCode === null) process.kill(-pid, "SIGTERM");
      await ended;
    },
  };
}
