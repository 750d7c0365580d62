import type { StatsAddress } from "../contract/settings.ts";

const FOLDER = "/run/haproxy";
const DEFAULT_SOCKET = `${FOLDER}/admin.sock`;
/** The usual address of the stats page. */
const PAGE: StatsAddress = {
  kind: "page",
  host: "127.0.0.1",
  port: 8404,
  path: "/stats",
  login: null,
  headers: {},
  tls: null,
};
const OTHER_SOCKETS = [
  "/var/run/haproxy.sock",
  "/var/run/haproxy.socket",
  "/var/lib/haproxy/stats",
  "/tmp/haproxy.socket",
];

/** The usual addresses of the stats, the likeliest first; the caller uses the first that exists. `namesIn` lists a folder, empty if there is none. */
export function defaultStatsAddresses(namesIn: (folder: string) => readonly string[] = () => []): StatsAddress[] {
  const inFolder = namesIn(FOLDER)
    .filter((name) => name.endsWith(".sock"))
    .toSorted()
    .map((name) => `${FOLDER}/${name}`);
  const sockets = [...new Set([DEFAULT_SOCKET, ...inFolder, ...OTHER_SOCKETS])];
  return [...sockets.map((path): StatsAddress => ({ kind: "unix", path })), PAGE];
}
