import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import type { IngestRequest } from "../../server/contract/ingest.ts";
import { startVantage, testVantage } from "../support/sites.ts";
import { COMMON_CHECKS, startTestBed } from "../support/test-bed.ts";

vi.setConfig({ testTimeout: 120_000 });

test("credentials of probes never leave a vantage: not in an event, a server object or a status", async () => {
  await using bed = await startTestBed({
    checks: { plainbare: COMMON_CHECKS.plainbare },
    servers: [{ name: "lying", mode: "etcd", plain: true }],
  });
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-secrets-"));
  const secrets = ["planted-password-1f3a", "planted-bearer-77c2", "planted-query-9d0e"];
  await writeFile(join(folder.path, "password"), `${secrets[0]}\n`);
  const rules = `
  - match: {backend: "plain*"}
    allow: [127.0.0.0/8]
    http:
      path: /healthz?token=${secrets[2]}
      expect: {status: 200, body: ok}
      username: probe
      password-file: ${join(folder.path, "password")}
      headers: {x-api-key: ${secrets[1]}}
    every: 200ms
    timeout: 1s
`;
  const config = await bed.writeConfigFile(["admin"], { every: "200ms", rules, onlyRules: true });
  const sent: string[] = [];
  const hub = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = zstdDecompressSync(Buffer.concat(chunks)).toString("utf8");
      sent.push(text);
      response.end(JSON.stringify({ seq: (JSON.parse(text) as IngestRequest).position.lastSeq }));
    });
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  const address = hub.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const vantage = testVantage("cp-1");
  const probe = await startVantage({ dir: folder.path, vantage, hubs: [`http://127.0.0.1:${port}`], config });
  try {
    await expect
      .poll(() => sent.join("\n"), { timeout: 90_000, interval: 200 })
      .toMatch(/"verdict":"false-up","phase":"confirmed"/);
  } finally {
    await probe[Symbol.asyncDispose]();
    hub.closeAllConnections();
    await new Promise((resolve) => hub.close(resolve));
  }
  const text = sent.join("\n");
  expect(text).toContain("/healthz");
  for (const secret of [...secrets, vantage.token, Buffer.from(`probe:${secrets[0]}`).toString("base64")]) {
    expect(text).not.toContain(secret);
  }
});
