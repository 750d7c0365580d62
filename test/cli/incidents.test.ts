import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Incident } from "../../server/contract/incident.ts";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { runHaprobe, type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { freePort } from "../support/real-haproxy.ts";

let plane: ControlPlane;
let haprobe: HaprobeProcess;
let id: string;
beforeAll(async () => {
  plane = await startControlPlane();
  haprobe = await startHaprobe(plane.args);
  await waitForVerdicts(haprobe.url, { "cp-2": "false-up confirmed" });
  const list = (await (await fetch(`${haprobe.url}/api/v1/incidents`)).json()) as { incidents: Incident[] };
  id = list.incidents[0]?.id ?? "";
});
afterAll(async () => {
  await haprobe?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

describe("haprobe incidents", () => {
  test.each([[[]], [["--open"]], [["--since", "24h"]], [["--since", "2020-01-01T00:00:00Z"]]])(
    "prints a line for each incident: %s",
    async (args) => {
      const run = await runHaprobe(["incidents", "--url", haprobe.url, ...args]);
      expect(run).toMatchObject({ code: 0, stderr: "" });
      const [head, line, ...others] = run.stdout.trimEnd().split("\n");
      expect(head).toMatch(/^ID +STATE +URGENCY +BEGAN +LASTED +TRAFFIC +SUBJECT +WHAT$/);
      expect(line).toContain(id);
      expect(line).toContain("etcd");
      expect(others).toEqual([]);
    },
  );

  test("prints those that are open, however long ago they began", async () => {
    const run = await runHaprobe(["incidents", "--url", haprobe.url, "--since", "1ms"]);
    expect(run.stdout).toContain(id);
  });

  test("prints one of them with everything that is known, and JSON", async () => {
    const text = await runHaprobe(["incidents", id, "--url", haprobe.url]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toContain("- HAProxy said: status `UP`, check_status `L4OK`");
    expect(text.stdout).toContain("curl -sSig -k");
    const json = await runHaprobe(["incidents", id, "--url", haprobe.url, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ id, evidence: { key: "lb-1/k8s-api/cp-2" } });
    const list = await runHaprobe(["incidents", "--url", haprobe.url, "--json"]);
    expect(JSON.parse(list.stdout)).toMatchObject([{ id }]);
  });

  test("exits 1 for an unknown id", async () => {
    const run = await runHaprobe(["incidents", "no-such-id", "--url", haprobe.url]);
    expect(run).toMatchObject({ code: 1, stdout: "", stderr: "haprobe: there is no incident no-such-id\n" });
  });

  test("asks the haprobe of a configuration", async () => {
    const file = join(plane.haproxy.dir, "other.yaml");
    await writeFile(file, `listen: ${new URL(haprobe.url).host}\n`);
    expect((await runHaprobe(["incidents", "--config", file])).stdout).toContain(id);
  });

  test("exits 3 and says what to do where no haprobe answers, or something else does", async () => {
    const gone = await runHaprobe(["incidents", "--url", `http://127.0.0.1:${await freePort()}`]);
    expect(gone).toMatchObject({ code: 3, stdout: "" });
    expect(gone.stderr).toContain("ECONNREFUSED. Start it, or name another one with --url");
    const other = createServer((_request, response) => void response.end('{"incidents": 1}')).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const run = await runHaprobe(["report", "--url", url]);
    other.close();
    expect(run).toMatchObject({ code: 3, stderr: `haprobe: ${url} answers something that is not haprobe's\n` });
  });
});

test("haprobe report prints Markdown about the last seven days", async () => {
  const run = await runHaprobe(["report", "--url", haprobe.url]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toMatch(
    /^# Incidents from \S+ \S+Z to \S+ \S+Z\n\n1 incident, 1 not ended, \d+ sessions misrouted\.\n/,
  );
  expect(run.stdout).toContain("false-up `127.0.0.1:");
});
