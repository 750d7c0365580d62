// Runs in a network of its own, in which 169.254.169.254 is this machine: a stats page that names the metadata service
// and haprobe's own listener as servers, and a real haprobe whose rule has a token for all addresses. Prints, as JSON,
// what the metadata service got and what haprobe says.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { backendRow, renderResponseText, serverRow } from "../haproxy/rendered-response.ts";
import { startHaprobe } from "./haprobe-cli.ts";

const METADATA = "169.254.169.254";
const OWN_PORT = 8405;
/** Also that of an admin of this haprobe, whose listener would answer 200 to it. */
const TOKEN = "a-token-for-probes-0123456789";
const folder = mkdtempSync(join(tmpdir(), "haprobe-metadata-"));
writeFileSync(join(folder, "token"), TOKEN, { mode: 0o600 });

const received: IncomingHttpHeaders[] = [];
const metadata = createServer((request, response) => {
  received.push(request.headers);
  response.end("ok");
}).listen(80, METADATA);
const page = createServer((_request, response) => {
  const server = (name: string, id: number, addr: string) => serverRow(name, id, { addr, check_status: "L4OK" });
  const places = [
    `${METADATA}:80`,
    `127.0.0.1:${OWN_PORT}`,
    `[::ffff:${METADATA}]:80`,
    `[::ffff:127.0.0.1]:${OWN_PORT}`,
  ];
  const names = ["metadata", "own", "mapped-metadata", "mapped-own"];
  const rows = [...places.map((addr, n) => server(names[n] ?? "", n + 1, addr)), backendRow(1)];
  const text = renderResponseText({ rows, serverStates: [] });
  response.setHeader("content-type", "text/plain").end(text.slice(text.indexOf("# pxname")).split("\n\n", 1)[0] + "\n");
}).listen(0, "127.0.0.1");
await Promise.all([once(metadata, "listening"), once(page, "listening")]);
const { port } = page.address() as { port: number };
const config = join(folder, "haprobe.yaml");
writeFileSync(
  config,
  `listen: 127.0.0.1:${OWN_PORT}
auth: {reading: open, tokens: [{name: probes, role: admin, token-file: token}]}
haproxy: [{name: lb, stats: "http://127.0.0.1:${port}/stats", every: 200ms}]
probes:
  - match: {backend: b}
    http: {scheme: http, path: /api/v1/audit, bearer-token-file: token}
    allow: ["0.0.0.0/0", "::/0"]
    every: 200ms
`,
);
{
  await using haprobe = await startHaprobe(["--config", config, "--listen", `127.0.0.1:${OWN_PORT}`]);
  const read = async (path: string): Promise<{ servers: never[]; findings: never[] }> =>
    (await (await fetch(`${haprobe.url}${path}`)).json()) as never;
  const isKnown = async (): Promise<boolean> => {
    const { servers } = await read("/api/v1/servers");
    return servers.length === 4 && servers.every(({ probe }: { probe: { at: string | null } }) => probe.at !== null);
  };
  while (!(await isKnown())) await pause(100);
  const isReported = async (): Promise<boolean> =>
    (await read("/api/v1/findings")).findings.some(({ code }) => code === "credentials-withheld");
  while (received.length < 3 || !(await isReported())) await pause(100);
  const [{ servers }, { findings }] = [await read("/api/v1/servers"), await read("/api/v1/findings")];
  console.log(JSON.stringify({ token: TOKEN, received, servers, findings, log: haprobe.log() }));
}
metadata.close().closeAllConnections();
page.close().closeAllConnections();
rmSync(folder, { recursive: true });
