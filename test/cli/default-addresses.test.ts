import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { triedAddresses, waitForDefaultAddress } from "../../server/cli/default-addresses.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";

/** The last of the default sockets, in a folder in which a test may make one. */
const SOCKET = "/tmp/haproxy.socket";
const isMachineWithHaproxy = triedAddresses().some(({ result }) => result === "found");

interface Status {
  readonly tried: readonly { readonly stats: string; readonly result: string }[];
}

/** Listens as HAProxy does; removed with its socket. */
async function listenAtSocket(): Promise<AsyncDisposable> {
  const server = createServer((socket) => socket.destroy()).listen(SOCKET);
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
      if (existsSync(SOCKET)) rmSync(SOCKET);
    },
  };
}

test.skipIf(isMachineWithHaproxy)(
  "the default addresses are tried until there is something at one of them",
  async () => {
    const clock = new FakeClock();
    const stopped = new AbortController();
    let isFound: boolean | null = null;
    const search = waitForDefaultAddress(clock, stopped.signal).then((found) => (isFound = found));
    await clock.advance(BOUNDS.defaultAddressesEveryMs);
    expect(isFound).toBeNull();
    await using _listening = await listenAtSocket();
    await clock.advance(BOUNDS.defaultAddressesEveryMs);
    await search;
    expect(isFound).toBe(true);
    expect(triedAddresses()).toContainEqual({ stats: `unix:${SOCKET}`, result: "found" });
    const next = new AbortController();
    next.abort();
    expect(await waitForDefaultAddress(clock, next.signal)).toBe(false);
  },
);

test.skipIf(isMachineWithHaproxy)(
  "serve without any HAProxy says what it tried, and polls one that is there later",
  async () => {
    await using haprobe = await startHaprobe([], {
      CONFIGURATION_DIRECTORY: "/nonexistent",
      XDG_CONFIG_HOME: "/nonexistent",
    });
    const read = async <Body>(path: string): Promise<Body> =>
      (await (await fetch(`${haprobe.url}/api/v1/${path}`)).json()) as Body;
    const { tried } = await read<Status>("status");
    expect(tried).toContainEqual({ stats: `unix:${SOCKET}`, result: "no such file" });
    expect(haprobe.log()).toContain("No HAProxy is configured");

    await using _listening = await listenAtSocket();
    process.kill(haprobe.pid, "SIGHUP");
    await expect
      .poll(() => read<{ readonly instances: readonly { readonly stats: string }[] }>("instances"), { timeout: 20_000 })
      .toMatchObject({ instances: [{ stats: `unix:${SOCKET}` }] });
    expect((await read<Status>("status")).tried).toEqual([]);
  },
  60_000,
);
