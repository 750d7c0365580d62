import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { FALSE_UP, FakeFleet, makeServerKeys } from "./fake-fleet.ts";
import { startPushServer } from "./push-server.ts";

const CLIENTS = join(import.meta.dirname, "../../docs/clients");

/** Runs a client against the stream of a fleet; `next` gives its next line of output. */
async function withClient(
  program: string,
  args: (port: number) => readonly string[],
  use: (parts: { fleet: FakeFleet; publish: () => Promise<void>; next: () => Promise<string> }) => Promise<void>,
): Promise<void> {
  const fleet = new FakeFleet(makeServerKeys(2));
  fleet.set("lb-1/web/s-0", FALSE_UP);
  await using server = await startPushServer(fleet);
  const client = spawn(program, args(server.port), { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(client, "exit");
  try {
    const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
    await use({
      fleet,
      publish: () => server.clock.advance(100),
      next: async () => String((await lines.next()).value),
    });
  } finally {
    client.kill();
    await exited;
  }
}

describe("docs/clients/watch.mjs", () => {
  test("prints a mismatch that lasts, one that begins and one that ends", async () => {
    const args = (port: number): string[] => [join(CLIENTS, "watch.mjs"), `http://127.0.0.1:${port}`];
    await withClient(process.execPath, args, async ({ fleet, publish, next }) => {
      expect(await next()).toMatch(/^lb-1\/web\/s-0 false-up confirmed: HAProxy says UP/);
      fleet.set("lb-1/web/s-1", { ...FALSE_UP, phase: "suspected" });
      await publish();
      expect(await next()).toMatch(/^lb-1\/web\/s-1 false-up suspected/);
      fleet.set("lb-1/web/s-0");
      await publish();
      expect(await next()).toBe("lb-1/web/s-0 is no longer a mismatch");
    });
  });

  test("has 30 lines, as documented", async () => {
    const lines = (await readFile(join(CLIENTS, "watch.mjs"), "utf8")).trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(30);
  });
});

const HAS_WEBSOCAT = spawnSync("websocat", ["--version"]).error === undefined;
const SKIP_NOTE = HAS_WEBSOCAT ? "" : " (skipped: no websocat on the PATH)";

test.skipIf(!HAS_WEBSOCAT)(`the websocat of docs/clients prints a message a line${SKIP_NOTE}`, async () => {
  const page = await readFile(join(CLIENTS, "README.md"), "utf8");
  const [, line = ""] = /^websocat (.*) \|$/m.exec(page) ?? [];
  const args = (port: number): string[] => line.replaceAll("'", "").replace("8405", String(port)).split(" ");
  await withClient("websocat", args, async ({ next }) => {
    expect(JSON.parse(await next())).toMatchObject({ type: "snapshot", servers: [{ key: "lb-1/web/s-0" }] });
  });
});
