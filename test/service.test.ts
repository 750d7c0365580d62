import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSettings } from "../server/config/load.ts";
import type { Settings } from "../server/contract/settings.ts";
import { type Service, startService } from "../server/service.ts";
import { createLogger } from "../server/telemetry/logger.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { type RealHaproxy, startHaproxy } from "./support/real-haproxy.ts";

let haproxy: RealHaproxy;
beforeAll(async () => {
  haproxy = await startHaproxy({ config: "backend be\n  server s1 127.0.0.1:1\n" });
});
afterAll(() => haproxy.stop());

const log = createLogger({ level: "error", format: "json", stream: { write: () => {} } });

function settingsFor(listen: string): Settings {
  const haproxies = [`unix:${haproxy.userSocket}`];
  const readFile = (): never => {
    throw Object.assign(new Error("no file"), { code: "ENOENT" });
  };
  const loaded = loadSettings({ haproxy: haproxies, listen, env: {}, readFile, cwd: "/" });
  if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
  return loaded.settings;
}

/** Counts what is asked of it, and throws at one of these calls. */
class FailingClock extends FakeClock {
  calls = 0;
  readonly #failAt: number;

  constructor(failAt: number) {
    super();
    this.#failAt = failAt;
  }

  override now(): number {
    this.#count();
    return super.now();
  }

  override wall(): number {
    this.#count();
    return super.wall();
  }

  override after(ms: number, callback: () => void): () => void {
    this.#count();
    return super.after(ms, callback);
  }

  #count(): void {
    this.calls += 1;
    if (this.calls === this.#failAt) throw new Error(`call ${this.calls} of the clock`);
  }
}

function start(clock: FakeClock, port: number): Promise<Service> {
  const settings = settingsFor(`127.0.0.1:${port}`);
  return startService({ settings, log, clock, random: () => 0.5, vantage: "here" });
}

describe("a start that fails leaves nothing running", () => {
  test("at whichever step it fails, and the port is free for the next one", async () => {
    const port = await freePort();
    const failures: string[] = [];
    for (let failAt = 1; ; failAt += 1) {
      const clock = new FailingClock(failAt);
      const service = await start(clock, port).catch((error: Error) => error.message);
      if (typeof service !== "string") {
        await service.stop();
        break;
      }
      failures.push(service);
      expect.soft(clock.pending, service).toBe(0);
    }
    expect(failures).toEqual(failures.map((_, i) => `call ${i + 1} of the clock`));
    // The steps before listening and those after it both read the clock.
    expect(failures.length).toBeGreaterThan(4);
  });

  test("where the port is taken", async () => {
    const port = await freePort();
    await using other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const clock = new FakeClock();
    await expect(start(clock, port)).rejects.toMatchObject({ code: "HAPROBE_LISTEN_FAILED" });
    expect(clock.pending).toBe(0);
  });
});

test("a stopped service leaves no timer, and its port is free", async () => {
  const port = await freePort();
  for (const _ of [1, 2]) {
    const clock = new FakeClock();
    const service = await start(clock, port);
    await clock.advance(1_000);
    await service.stop();
    expect(clock.pending).toBe(0);
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
