import type { StatsAddress } from "../contract/settings.ts";

const FOLDER = "/run/haproxy";
const FIRST = `${FOLDER}/admin.sock`;
const OTHERS = ["/var/run/haproxy.sock", "/var/run/haproxy.socket", "/var/lib/haproxy/stats", "/tmp/haproxy.socket"];

/** Where packages and guides put the stats socket, the likeliest first; the caller takes those that exist. `namesIn` lists a folder, empty if there is none. The stats page on 127.0.0.1:8404 joins when this version can read one. */
export function usualStatsAddresses(namesIn: (folder: string) => readonly string[] = () => []): StatsAddress[] {
  const inFolder = namesIn(FOLDER)
    .filter((name) => name.endsWith(".sock"))
    .toSorted()
    .map((name) => `${FOLDER}/${name}`);
  return [...new Set([FIRST, ...inFolder, ...OTHERS])].map((path) => ({ kind: "unix", path }));
}
