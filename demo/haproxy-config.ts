import { join } from "node:path";
import { BACKENDS, type DemoBackend } from "./backends.ts";

/** Address of a server at one of its two ports. */
export interface ServerEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Parts of HAProxy's configuration; all files are in `folder`. */
export interface HaproxyConfigOptions {
  readonly folder: string;
  readonly endpoints: { readonly open: readonly ServerEndpoint[]; readonly token: readonly ServerEndpoint[] };
}

/** Path of HAProxy's stats socket. */
export function statsSocket(folder: string): string {
  return join(folder, "stats.sock");
}

/** The UNIX socket of a backend's frontend, so that no TCP port is needed. */
export function clientSocket(folder: string, backend: string): string {
  return join(folder, `${backend}.sock`);
}

export function caFile(folder: string): string {
  return join(folder, "ca.pem");
}

/** The text of haproxy.cfg, for HAProxy 2.2 and later. */
export function haproxyConfig({ folder, endpoints }: HaproxyConfigOptions): string {
  const backend = ({ name, port, checkText, lines, check }: DemoBackend): string =>
    section(
      `# Its check tests ${checkText}.\nbackend ${name}`,
      "balance roundrobin",
      ...lines,
      ...endpoints[port].map((at) => `server ${at.name} ${at.host}:${at.port} ${check(caFile(folder))}`),
    );
  const frontend = ({ name }: DemoBackend): string =>
    section(`frontend to-${name}`, `bind ${clientSocket(folder, name)} mode 600`, `default_backend ${name}`);
  return [
    section("global", "maxconn 200", `stats socket ${statsSocket(folder)} mode 600 level user`, "stats timeout 10s"),
    section(
      "defaults",
      "mode tcp",
      "timeout connect 2s",
      "timeout client 30s",
      "timeout server 30s",
      "timeout check 2s",
      "default-server inter 1s fastinter 500ms downinter 1s fall 3 rise 2",
    ),
    ...BACKENDS.map(frontend),
    ...BACKENDS.map(backend),
  ].join("\n");
}

function section(head: string, ...lines: string[]): string {
  return `${head}\n${lines.map((line) => `    ${line}\n`).join("")}`;
}
