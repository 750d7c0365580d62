import { join } from "node:path";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { completeResponse, type FakeHaproxy, startFakeHaproxy } from "../haproxy/fake-haproxy.ts";
import { backendRow, renderResponseText, serverRow } from "../haproxy/rendered-response.ts";
import { runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";

/** Names that a compromised HAProxy could send, each an attack on a terminal, a shell or HAProxy's own CLI. */
const NAMES = ["a\u001b]0;x\u0007", "b\u009b31m", "c\u202etxt", "$(reboot)", "`id`", "d;shutdown sessions server b/x"];
const UNPRINTABLE = /[^\P{Cc}\n\t]|[\p{Bidi_Control}\u2028\u2029]/u;

let folder: string;
let haproxy: FakeHaproxy;
let config: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-names-"));
  haproxy = await startFakeHaproxy();
  const rows = NAMES.map((name, index) =>
    serverRow(Buffer.from(name, "utf8").toString("latin1"), index + 1, {
      addr: "127.0.0.1:9",
      status: "DOWN",
      check_status: "L4CON",
      last_chk: "\u009b31m",
      scur: 3,
    }),
  );
  const text = renderResponseText({ rows: [...rows, backendRow(1)], serverStates: [] });
  const stats = await haproxy.listen("unix", (socket) => socket.end(completeResponse("unix", text), "latin1"));
  if (stats.kind !== "unix") throw new Error(stats.kind);
  config = join(folder, "haprobe.yaml");
  await writeFile(config, `haproxy:\n  - {name: lb-1, stats: "unix:${stats.path}"}\n`);
});
afterAll(async () => {
  await haproxy[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test.each(["--format=table", "--findings", "--format=json", "--format=plugin"])(
  "check %s prints hostile names as escapes and in no command",
  async (arg) => {
    const { stdout, stderr } = await runHaprobe(["check", "--config", config, "--max-wait", "2s", arg]);
    for (const line of `${stdout}${stderr}`.split("\n")) expect(line).not.toMatch(UNPRINTABLE);
    expect(stdout).not.toMatch(/(set server|shutdown sessions server) .*(\$\(|`|;)/);
  },
);

test("REST, metrics and the log have escapes in their place", async () => {
  await using haprobe = await startHaprobe(["--config", config]);
  const list = async (): Promise<string> => (await fetch(`${haprobe.url}/api/v1/servers`)).text();
  await expect.poll(list, { timeout: 10_000 }).toContain("$(reboot)");
  expect(await list()).toContain("b\\\\u009b31m");
  for (const path of ["api/v1/servers", "api/v1/servers?form=columns", "api/v1/findings", "metrics"]) {
    expect(await (await fetch(`${haprobe.url}/${path}`)).text()).not.toMatch(UNPRINTABLE);
  }
  expect(haprobe.log()).not.toMatch(UNPRINTABLE);
});
