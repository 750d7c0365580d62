import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startApiServer } from "../../demo/stand-in/api-server.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";
import { freePort, haproxyBinaries, startHaproxy } from "../support/real-haproxy.ts";
import { startTraffic } from "../support/steady-traffic.ts";
import { StreamClient } from "../support/stream-client.ts";

const BACKENDS = ["api-a", "api-b", "api-c"];
const INSTANCES = ["lb-1", "lb-2"];

test.each(haproxyBinaries())(
  "$name: a server in three backends of two HAProxies is one incident with six members, whose sessions it sums",
  async ({ binary }) => {
    await using sick = await startApiServer({ tls: null });
    await using good = await startApiServer({ tls: null });
    const port = await freePort();
    const config = (isServing: boolean): string =>
      [
        "defaults\n  mode tcp\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s",
        ...(isServing ? [`frontend clients\n  bind 127.0.0.1:${port}\n  default_backend api-b`] : []),
        ...BACKENDS.map((name) =>
          [
            `backend ${name}`,
            `  server sick 127.0.0.1:${sick.port} check inter 300ms`,
            `  server good 127.0.0.1:${good.port} check inter 300ms`,
          ].join("\n"),
        ),
        "",
      ].join("\n");
    const program = binary === undefined ? {} : { binary };
    await using first = await startHaproxy({ ...program, config: config(true) });
    await using second = await startHaproxy({ ...program, config: config(false) });
    const file = join(first.dir, "haprobe.yaml");
    const entries = [first, second].map(
      ({ adminSocket }, index) => `{name: ${INSTANCES[index]}, stats: "unix:${adminSocket}", every: 200ms}`,
    );
    await writeFile(
      file,
      `haproxy: [${entries.join(", ")}]\nprobes: [{match: {}, http: {path: /healthz}, every: 200ms, timeout: 1s}]\n`,
    );
    await using haprobe = await startHaprobe(["--config", file, "--data-dir", "none"]);
    await using client = new StreamClient(haprobe.url);
    await client.waitUntil(
      ({ servers }) => [...servers.values()].filter(({ verdict }) => verdict === "agree-up").length === 12,
    );
    await sick.setMode("etcd");
    await client.waitUntil(
      ({ servers }) => [...servers.values()].filter(({ phase }) => phase === "confirmed").length === 6,
    );
    const traffic = startTraffic(port, "/healthz", 20);
    const read = async (): Promise<readonly Incident[]> =>
      ((await (await fetch(`${haprobe.url}/api/v1/incidents`)).json()) as { incidents: Incident[] }).incidents;
    let [incident, ...others] = await read();
    while ((incident?.sessions ?? 0) < 20) [incident, ...others] = await read();
    await traffic.stop();

    expect(others).toEqual([]);
    expect(incident).toMatchObject({ state: "open", subject: `127.0.0.1:${sick.port}` });
    const keys = INSTANCES.flatMap((instance) => BACKENDS.map((backend) => `${instance}/${backend}/sick`));
    expect(incident?.members.map(({ key }) => key).toSorted()).toEqual(keys);
    expect(incident?.members.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(incident?.sessions);
    expect(incident?.backends).toHaveLength(6);
    for (const { instance, backend, sessions, share, healthyLeft } of incident?.backends ?? []) {
      const isServing = instance === "lb-1" && backend === "api-b";
      expect({ sessions: isServing ? sessions > 0 : sessions, healthyLeft }).toEqual({
        sessions: isServing ? true : 0,
        healthyLeft: 1,
      });
      if (!isServing) expect(share).toBeNull();
      else expect(Math.abs((share ?? 0) - 0.5)).toBeLessThan(0.2);
    }
  },
);
