import { dirname, isAbsolute, resolve } from "node:path";
import type { Environment } from "./environment.ts";

/** Where relative paths and defaults come from. */
export interface RunPlace {
  readonly env: Environment;
  readonly cwd: string;
}

/** Absolute path of the data directory: the option, the key of the file, else the default; null for `none`, and without a home. */
export function resolveDataDir(
  option: string | null,
  key: string | null,
  configFile: string | null,
  { env, cwd }: RunPlace,
): string | null {
  if (option !== null) return option === "none" ? null : resolve(cwd, option);
  if (key === null) return defaultDataDir(env);
  return key === "none" ? null : resolve(configFile === null ? cwd : dirname(configFile), key);
}

/** `$STATE_DIRECTORY`, which systemd sets, else `haprobe` in `$XDG_STATE_HOME` or `~/.local/state`. */
function defaultDataDir(env: Environment): string | null {
  // systemd puts a colon between several.
  const systemd = (env.STATE_DIRECTORY ?? "").split(":").find((folder) => folder !== "");
  if (systemd !== undefined) return resolve("/", systemd);
  const { XDG_STATE_HOME: state = "", HOME: home = "" } = env;
  if (isAbsolute(state)) return resolve(state, "haprobe");
  return isAbsolute(home) ? resolve(home, ".local/state/haprobe") : null;
}
