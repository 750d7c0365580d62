import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const SCENE = join(import.meta.dirname, "../support/metadata-scene.ts");
const ADDRESS = "ip link set lo up && ip address add 169.254.169.254/32 dev lo";
/** A network of its own needs root. */
const MISSING = spawnSync("unshare", ["--net", "sh", "-c", ADDRESS]).status !== 0;

test.skipIf(MISSING)(
  "a stats page that names 169.254.169.254 and our own listener as servers gets no credential sent there",
  () => {
    const command = ["--net", "sh", "-c", `${ADDRESS} && exec "$@"`, "sh", process.execPath, SCENE];
    const { status, stdout, stderr } = spawnSync("unshare", command, { encoding: "utf8", timeout: 60_000 });
    expect([status, stderr]).toEqual([0, ""]);
    const { token, received, servers, findings, log } = JSON.parse(stdout) as {
      token: string;
      received: Record<string, string>[];
      servers: { server: string; probe: { httpStatus: number | null } }[];
      findings: { code: string; subject: { server: string | null } }[];
      log: string;
    };
    for (const headers of received) expect(Object.keys(headers)).not.toContain("authorization");
    expect(stdout.replace(`"token":"${token}"`, "")).not.toContain(token);
    // The token is one of an admin here: with it our listener would answer 200.
    const statuses = Object.fromEntries(servers.map(({ server, probe }) => [server, probe.httpStatus]));
    expect(statuses).toEqual({ metadata: 200, own: 401, "mapped-metadata": 200, "mapped-own": 401 });
    expect(findings.some(({ code }) => code === "credentials-withheld")).toBe(true);
    expect(log).not.toContain(token);
  },
  90_000,
);
