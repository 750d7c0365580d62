import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { POSTGRES_MISSING, startPostgres } from "../support/postgres.ts";
import { startHaproxy } from "../support/real-haproxy.ts";
import { queryDatabase } from "../support/sites.ts";
import { COMMON_CHECKS, startTestBed } from "../support/test-bed.ts";
import { Receiver } from "./receiver.ts";

const WAIT = { timeout: 120_000, interval: 200 };

describe.skipIf(POSTGRES_MISSING !== null)(`a pair on one PostgreSQL${POSTGRES_MISSING ?? ""}`, () => {
  test("of which the one that sends is killed: the other one takes the message over, under its id", async () => {
    await using stack = new AsyncDisposableStack();
    const postgres = stack.use(await startPostgres());
    const database = await postgres.createDatabase();
    const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-pair-"));
    stack.defer(() => folder.remove());
    const receiver = stack.use(new Receiver());
    const webhook = await receiver.start();
    const bed = stack.use(
      await startTestBed({
        checks: { plainbare: COMMON_CHECKS.plainbare },
        servers: ["good", "lying"].map((name) => ({ name, mode: "healthy", plain: true })),
      }),
    );
    const second = stack.use(
      await startHaproxy({
        config: `defaults
  timeout connect 1s
  timeout client 5s
  timeout server 5s
backend plainbare
  mode tcp
  server good ${bed.addressOf("good")} check
  server lying ${bed.addressOf("lying")} check`,
      }),
    );
    const pair = new Map<string, HaprobeProcess>();
    stack.defer(async () => {
      for (const each of pair.values()) await each.stop("SIGKILL");
    });
    for (const vantage of ["host-a", "host-b"]) {
      const file = join(folder.path, `${vantage}.yaml`);
      await writeFile(
        file,
        `vantage: ${vantage}
database: ${JSON.stringify(database)}
haproxy:
  - {name: lb-1, stats: "unix:${bed.haproxy.adminSocket}", every: 500ms}
  - {name: lb-2, stats: "unix:${second.adminSocket}", every: 500ms}
probes:
  - http: {path: /healthz, expect: {status: 200, body: ok}}
    every: 500ms
    timeout: 1s
alerts:
  routes:
    - {channels: [chat], wait: 0s, group-by: [target]}
  channels:
    - {name: chat, webhook: {url: "${webhook}"}}
`,
      );
      pair.set(vantage, await startHaprobe(["--config", file, "--data-dir", join(folder.path, vantage)]));
    }
    const rows = (text: string) => queryDatabase(database, text);
    // Of each vantage two servers of both HAProxies, and the one behind the stats of the test bed.
    await expect.poll(() => rows("SELECT 1 FROM current_verdict WHERE fault IS NULL"), WAIT).toHaveLength(10);

    receiver.setStatus("slow");
    await bed.server("lying").setMode("etcd");
    await expect.poll(() => receiver.taken, WAIT).toHaveLength(1);
    const [message] = await rows("SELECT id, holder FROM outbox WHERE status = 'waiting'");
    const sender = String(message?.["holder"]).replace(/:.*/s, "");
    expect(sender).toMatch(/^host-[ab]$/);
    await pair.get(sender)?.stop("SIGKILL");
    receiver.setStatus(null);

    await expect
      .poll(() => rows("SELECT id FROM outbox WHERE status = 'sent'"), WAIT)
      .toEqual([{ id: message?.["id"] }]);
    expect(new Set(receiver.taken.map(({ id }) => id))).toEqual(new Set([message?.["id"]]));
    expect(await rows("SELECT state FROM incident")).toEqual([{ state: "open" }]);
  });
});
