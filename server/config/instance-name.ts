import type { StatsAddress } from "../contract/settings.ts";

/** The form of an instance's name, which is used unescaped in keys, links and metrics. */
export const INSTANCE_NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/;

/** A name for an instance of `--haproxy`: `local` for a socket, else its host; numbered if taken. */
export function pickInstanceName(stats: StatsAddress, taken: ReadonlySet<string>): string {
  // An IPv6 address is no readable name.
  const host = !("host" in stats) ? "local" : stats.host.includes(":") ? "haproxy" : stats.host.toLowerCase();
  const plain = host
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 56);
  const base = plain === "" ? "haproxy" : plain;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
