import { request } from "node:http";
import { text } from "node:stream/consumers";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ApiServer, type ModeName, startApiServer } from "../../demo/stand-in/api-server.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";

/** A real HAProxy with its own exporter in front of three stand-in API servers, of which cp-2 has lost its etcd. */
export interface ControlPlane extends AsyncDisposable {
  readonly haproxy: RealHaproxy;
  /** Arguments for haprobe that poll it. */
  readonly args: readonly string[];
  /** The metrics of HAProxy's own exporter. */
  promex(): Promise<string>;
  setMode(server: "cp-1" | "cp-2" | "cp-3", mode: ModeName): Promise<void>;
}

export async function startControlPlane(): Promise<ControlPlane> {
  const tls = await (await makeAuthority()).issue({ names: ["kubernetes", "127.0.0.1"] });
  const servers = new Map<string, ApiServer>();
  for (const name of ["cp-1", "cp-2", "cp-3"]) {
    servers.set(name, await startApiServer({ tls, mode: name === "cp-2" ? "etcd" : "healthy" }));
  }
  const rows = [...servers].map(([name, { port }]) => `  server ${name} 127.0.0.1:${port} check inter 500ms`);
  const haproxy = await startHaproxy({
    config: (dir) =>
      [
        "defaults\n  mode tcp\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s",
        `frontend exporter\n  mode http\n  bind unix@${dir}/promex.sock\n  http-request use-service prometheus-exporter`,
        ["backend k8s-api", ...rows].join("\n"),
        "backend databases\n  server db-1 127.0.0.1:9 check inter 500ms",
        "",
      ].join("\n"),
  });
  const config = join(haproxy.dir, "haprobe.yaml");
  await writeFile(
    config,
    `haproxy:
  - {name: lb-1, stats: "unix:${haproxy.adminSocket}", every: 300ms}
probes:
  - match: {backend: k8s-api}
    http: {scheme: https, path: /readyz, insecure-skip-verify: true}
    every: 300ms
    timeout: 1s
`,
  );
  return {
    haproxy,
    args: ["--config", config],
    promex: () =>
      new Promise((resolve, reject) => {
        request({ socketPath: join(haproxy.dir, "promex.sock"), path: "/metrics" }, (response) =>
          resolve(text(response)),
        )
          .on("error", reject)
          .end();
      }),
    async setMode(server, mode) {
      await servers.get(server)?.setMode(mode);
    },
    async [Symbol.asyncDispose]() {
      await haproxy.stop();
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

/** Resolves once the stream of a running haprobe has all of `wanted`, such as `{"cp-2": "false-up confirmed"}`; gives the messages until then. */
export async function waitForVerdicts(
  url: string,
  wanted: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  const messages: unknown[] = [];
  const said = new Map<string, string>();
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/stream`);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error(`no stream at ${url}`)));
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { servers: readonly ServerStatus[] };
      messages.push(message);
      for (const { server, verdict, phase } of message.servers)
        said.set(server, [verdict, phase ?? []].flat().join(" "));
      if (Object.entries(wanted).every(([server, words]) => said.get(server) === words)) resolve();
    });
  });
  socket.close();
  return messages;
}
