import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startApiServer } from "../../demo/stand-in/api-server.ts";
import { makeAuthority } from "../support/certificates.ts";
import { runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";
import { startHaproxy } from "../support/real-haproxy.ts";
import { StreamClient } from "../support/stream-client.ts";
import { readFindings } from "./verdict-text.ts";

test("advice about a server whose haproxy.cfg is known is a diff of its own lines, and its mistakes are findings", {
  timeout: 60_000,
}, async () => {
  const tls = await (await makeAuthority()).issue({ names: ["kubernetes"] });
  await using api = await startApiServer({ tls, host: "127.0.19.21", port: 6443, mode: "etcd" });
  const backend = (check: string): string =>
    `defaults\n  timeout connect 2s\n  timeout client 2s\n  timeout server 2s\nbackend k8s-api\n  mode tcp\n  option httpchk GET /readyz\n  ${check}\n  server cp-1 ${api.host}:${api.port} check inter 200ms\n`;
  await using haproxy = await startHaproxy({ config: backend("option ssl-hello-chk") });
  const cfg = join(haproxy.dir, "haproxy.cfg");
  const file = join(haproxy.dir, "haprobe.yaml");
  const instance = `{name: lb-1, stats: "unix:${haproxy.userSocket}", every: 200ms, cfg: ${cfg}}`;
  const rule = "{match: {backend: k8s-api}, http: {path: /readyz, scheme: https, insecure-skip-verify: true}}";
  await writeFile(file, `haproxy:\n  - ${instance}\nprobes:\n  - ${rule}\n`);
  await using haprobe = await startHaprobe(["--config", file]);
  await using client = new StreamClient(haprobe.url);

  await client.waitUntil(({ servers }) => servers.get("lb-1/k8s-api/cp-1")?.verdict === "false-up");
  await expect
    .poll(() => client.servers.get("lb-1/k8s-api/cp-1")?.cure)
    .toEqual(expect.arrayContaining(["-  option ssl-hello-chk", "+  default-server check-ssl verify none"]));
  const findings = (await readFindings(haprobe.url)).filter(({ code }) => code === "cfg-issue");
  expect(findings).toMatchObject([{ subject: { instance: "lb-1", backend: "k8s-api" } }]);
  expect(findings[0]?.sentence).toContain("[check-overridden]");
  const { stdout } = await runHaprobe(["check", "--config", file, "--findings"]);
  expect(stdout).toContain("cfg-issue  lb-1/k8s-api: ");

  // A reload of HAProxy is when its file counts.
  await haproxy.reload(
    backend("http-check expect status 200").replace("check inter", "check check-ssl verify none inter"),
  );
  await expect
    .poll(async () => (await readFindings(haprobe.url)).map(({ sentence }) => sentence).join(), { timeout: 15_000 })
    .not.toContain("check-overridden");
});

test("a haproxy.cfg that cannot be read is a finding, and everything else goes on", async () => {
  await using haproxy = await startHaproxy({ config: "backend b\n  server s 127.0.0.1:1 disabled\n" });
  const file = join(haproxy.dir, "haprobe.yaml");
  const missing = join(haproxy.dir, "missing.cfg");
  await writeFile(file, `haproxy:\n  - {name: lb-1, stats: "unix:${haproxy.userSocket}", cfg: ${missing}}\n`);
  await using haprobe = await startHaprobe(["--config", file]);
  await using client = new StreamClient(haprobe.url);
  await client.waitUntil(({ servers }) => servers.has("lb-1/b/s"));
  await expect.poll(async () => (await readFindings(haprobe.url)).map(({ code }) => code)).toContain("cfg-unreadable");
});
