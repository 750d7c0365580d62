import { once } from "node:events";
import { link, mkdir, rename, rmdir, symlink, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestBed } from "../../support/test-bed.ts";
import {
  type ChaosSetup,
  DETECTION_MS,
  expectDetection,
  RECOVERY_MS,
  startChaosSetup,
  waitFor,
} from "./chaos-setup.ts";

let setup: ChaosSetup;
beforeAll(async () => {
  setup = await startChaosSetup();
});
afterAll(() => setup?.[Symbol.asyncDispose]());

/** One fault of the frail HAProxy; returns what ends it. */
type Fault = (bed: TestBed) => Promise<() => Promise<unknown>>;

/** Default of `stats maxconn`. */
const STATS_MAXCONN = 10;

/** Puts something else at the path of the stats socket, in one step, as a reload does. */
function replaceSocket(put: (path: string) => Promise<() => Promise<unknown>>): Fault {
  return async ({ haproxy: { adminSocket } }) => {
    await link(adminSocket, `${adminSocket}.away`);
    const remove = await put(`${adminSocket}.put`);
    await rename(`${adminSocket}.put`, adminSocket);
    return async () => {
      await rename(`${adminSocket}.away`, adminSocket);
      await remove();
    };
  };
}

/** A folder cannot replace a file in one step. */
const replaceByFolder: Fault = async ({ haproxy: { adminSocket } }) => {
  await rename(adminSocket, `${adminSocket}.away`);
  await mkdir(adminSocket);
  return async () => {
    await rmdir(adminSocket);
    await rename(`${adminSocket}.away`, adminSocket);
  };
};

function listenWith(onConnection: (socket: Socket) => void): (path: string) => Promise<() => Promise<unknown>> {
  return async (path) => {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket.on("error", () => {}));
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
  };
}

async function putFile(path: string): Promise<() => Promise<unknown>> {
  await writeFile(path, "");
  return async () => {};
}

const kill: Fault = async ({ haproxy }) => {
  process.kill(haproxy.pid, "SIGKILL");
  return () => haproxy.reload();
};

const stop: Fault = async ({ haproxy: { pid } }) => {
  process.kill(pid, "SIGSTOP");
  return async () => process.kill(pid, "SIGCONT");
};

/** All sessions of the CLI that HAProxy permits, each known to be one by its prompt: more would fill the queue as well, which refuses. */
const useUpConnections: Fault = async ({ haproxy: { adminSocket } }) => {
  const held = await Promise.all(
    Array.from({ length: STATS_MAXCONN }, async () => {
      const socket = connect({ path: adminSocket }).on("error", () => {});
      socket.write("prompt\nset timeout cli 300\n");
      await once(socket, "data");
      return socket;
    }),
  );
  return async () => {
    for (const socket of held) socket.destroy();
  };
};

const FAULTS: readonly (readonly [what: string, fault: Fault, code: string])[] = [
  ["is killed", kill, "HAPROBE_STATS_REFUSED"],
  ["is stopped", stop, "HAPROBE_STATS_TIMED_OUT"],
  ["has a file in place of its socket", replaceSocket(putFile), "HAPROBE_STATS_SOCKET_MISSING"],
  ["has a folder in place of its socket", replaceByFolder, "HAPROBE_STATS_SOCKET_MISSING"],
  ["has a socket that says nothing in its place", replaceSocket(listenWith(() => {})), "HAPROBE_STATS_TIMED_OUT"],
  [
    "has a socket of another program in its place",
    replaceSocket(listenWith((socket) => socket.end("220 mail ESMTP\r\n"))),
    "HAPROBE_STATS_NOT_HAPROXY",
  ],
  ["has no connection left for its stats", useUpConnections, "HAPROBE_STATS_TIMED_OUT"],
];

describe("of two HAProxies one", () => {
  test.each(FAULTS)("%s: it is shown and logged once, the other's faults are found in time", async (_, fault, code) => {
    const { frail, client } = setup;
    const linesBefore = setup.logOf("instance-reachability").length;
    const end = await fault(frail);
    const stateOf = () => client.instances.get("frail");
    try {
      await waitFor(client, `the page shows ${code}`, () => stateOf()?.error?.code === code, DETECTION_MS);
      await expectDetection(setup);
      // What HAProxy said is old by now, so that nothing is said of its servers.
      const isStale = (): boolean => client.servers.get("frail/plainbare/good")?.reason === "haproxy-stale";
      await waitFor(client, "its servers have no verdict", isStale, RECOVERY_MS);
      expect(await setup.metric('haprobe_haproxy_up{haproxy="frail",site="default"}')).toBe(0);
      expect(client.instances.get("steady")).toMatchObject({ state: "ok", error: null });
    } finally {
      await end();
    }
    await setup.expectWell();
    expect(setup.logOf("instance-reachability").slice(linesBefore)).toMatchObject([{ code }, { instance: "frail" }]);
    const confirmed = setup.takeVerdicts().filter((line) => line.startsWith("frail/") && line.endsWith(" confirmed"));
    expect(confirmed).toEqual([]);
  });

  test("has the socket of another HAProxy in its place: that is polled, and the return is no fault", async () => {
    const { steady, frail, client } = setup;
    const reloadsBefore = setup.logOf("instance-reloaded").length;
    const end = await replaceSocket(async (path) => {
      await symlink(steady.haproxy.adminSocket, path);
      return async () => {};
    })(frail);
    const pidOf = () => client.instances.get("frail")?.pid;
    await waitFor(client, "the other answers", () => pidOf() === steady.haproxy.pid, DETECTION_MS);
    await end();
    await waitFor(client, "its own answers", () => pidOf() === frail.haproxy.pid, DETECTION_MS);
    await setup.expectWell();
    expect(setup.logOf("instance-reloaded").length - reloadsBefore).toBe(2);
    expect(setup.takeVerdicts().filter((line) => line.endsWith(" confirmed"))).toEqual([]);
  });

  test("is reloaded every second: a fault that it cannot see is confirmed, one that it sees is not", async () => {
    const { frail, client } = setup;
    const reloadsBefore = setup.logOf("instance-reloaded").length;
    let reloads = 0;
    const over = new AbortController();
    const reloading = (async () => {
      while (!over.signal.aborted) {
        await Promise.all([frail.haproxy.reload(), pause(1_000)]);
        reloads += 1;
      }
    })();
    try {
      for (let round = 0; round < 3; round += 1) {
        await frail.server("lying").setMode("etcd");
        const rowOf = (backend: string) => client.servers.get(`frail/${backend}/lying`);
        const isConfirmed = (): boolean => rowOf("plainbare")?.phase === "confirmed";
        await waitFor(client, "it is confirmed", isConfirmed, DETECTION_MS);
        await frail.server("lying").setMode("healthy");
        const isWell = (): boolean => rowOf("plainbare")?.verdict === "agree-up";
        await waitFor(client, "it is well", isWell, RECOVERY_MS);
        await pause(2_000);
      }
    } finally {
      over.abort();
      await reloading;
    }
    await setup.expectWell();
    const lines = setup.logOf("instance-reloaded").length - reloadsBefore;
    expect(lines).toBeGreaterThan(reloads / 2);
    expect(lines).toBeLessThanOrEqual(reloads + 1);
    const confirmed = setup.takeVerdicts().filter((line) => line.endsWith(" confirmed"));
    expect([...new Set(confirmed)]).toEqual(["frail/plainbare/lying false-up confirmed"]);
  });
});
