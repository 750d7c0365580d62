import { expect, test } from "vitest";
import { type ApiServerTls, type ModeName, startApiServer } from "../../demo/stand-in/api-server.ts";
import { systemClock } from "../../server/clock.ts";
import { createScheduler } from "../../server/probe/scheduler.ts";
import { makeAuthority } from "../support/certificates.ts";
import { startRawServer } from "./raw-server.ts";
import { makeTarget } from "./make-target.ts";

/** Sockets of this process, those of the servers in it included. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length;
}

const MODES: readonly ModeName[] = ["healthy", "etcd", "deny-401", "hang", "mute", "slam", "closed"];

test.each(["plain", "tls"] as const)("after stop no socket is left, whatever the servers did (%s)", async (over) => {
  const before = sockets();
  const tls: ApiServerTls | null =
    over === "tls" ? await (await makeAuthority()).issue({ names: ["127.0.0.1"] }) : null;
  const servers = await Promise.all(MODES.map((mode) => startApiServer({ tls, mode })));
  const probed = new Set<string>();
  const allProbed = Promise.withResolvers<void>();
  const scheduler = createScheduler({
    clock: systemClock,
    vantage: "here",
    random: () => 0.5,
  });
  scheduler.start({
    onResult: ({ target }) => {
      probed.add(target);
      // Two of the servers never answer: their probes are out when the end comes.
      if (probed.size === MODES.length - 2) allProbed.resolve();
    },
  });
  const probe = { scheme: over === "tls" ? "https" : "http" } as const;
  for (const { port } of servers) {
    scheduler.ensure(makeTarget({ key: `t${port}`, port, probe, everyMs: 300, timeoutMs: 60_000 }), "normal");
  }
  await allProbed.promise;
  const [hanging, mute] = [servers[MODES.indexOf("hang")], servers[MODES.indexOf("mute")]];
  await expect.poll(() => (hanging?.requests.total ?? 0) * (mute?.requests.connections ?? 0)).toBe(1);

  await scheduler.stop();
  await expect.poll(() => servers.map((server) => server.requests.open)).toEqual(MODES.map(() => 0));
  await Promise.all(servers.map((server) => server.close()));
  await expect.poll(sockets).toBe(before);
});

test("a body that is not read to its end is not kept open", async () => {
  await using server = await startRawServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n${"x".repeat(200_000)}`);
  });
  const answered = Promise.withResolvers<void>();
  const scheduler = createScheduler({
    clock: systemClock,
    vantage: "here",
    random: () => 0.5,
  });
  scheduler.start({ onResult: () => answered.resolve() });
  scheduler.ensure(makeTarget({ port: server.port, everyMs: 60_000 }), "normal");
  await answered.promise;
  await expect.poll(() => server.openSockets.size).toBe(0);
  await scheduler.stop();
});
