import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "haprobe-listen-"));
afterAll(() => rmSync(folder, { recursive: true }));
const token = "operator-0123456789abcdef";
writeFileSync(join(folder, "token"), token, { mode: 0o600 });
const DEADLINE_MS = 60_000;

describe("a listener that other machines reach", () => {
  test(
    "without tls and auth is refused at the start, with file, line and remedy",
    async () => {
      const config = join(folder, "open.yaml");
      writeFileSync(config, "haproxy: [{name: a, stats: unix:/nonexistent/a.sock}]\nlisten: 0.0.0.0:0\n");
      const run = await runHaprobe(["serve", "--config", config, "--data-dir", "none"]);
      expect(run.code).toBe(78);
      const refusal = `${config}:2:1: listen is 0.0.0.0:0, which other machines reach, without tls and auth; set tls`;
      expect(run.stderr).toContain(refusal);
    },
    DEADLINE_MS,
  );

  test(
    "serves reading only with listen-insecurely: the log says so, and each write is 403, also with a token",
    async () => {
      const config = join(folder, "insecure.yaml");
      writeFileSync(config, "auth: {tokens: [{name: ci, role: operator, token-file: token}]}\n");
      const haproxy = ["--haproxy", "unix:/nonexistent/haproxy.sock"];
      await using haprobe = await startHaprobe([
        ...["--config", config, "--listen", "0.0.0.0:0", "--listen-insecurely"],
        ...haproxy,
      ]);
      const url = haprobe.url.replace("0.0.0.0", "127.0.0.1");
      const headers = { authorization: `Bearer ${token}` };
      const status = (await (await fetch(`${url}/api/v1/status`, { headers })).json()) as { settings: object };
      expect(status.settings).toMatchObject({ readOnly: true });
      expect(haprobe.log()).toMatch(/listening-insecurely.*without tls: it serves reading only/);
      const write = await fetch(`${url}/api/v1/silences/add`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: "{}",
      });
      expect(write.status).toBe(403);
      expect(await write.json()).toMatchObject({ detail: expect.stringContaining("reading only") });
    },
    DEADLINE_MS,
  );
});
