import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../server/clock.ts";
import { loadSettings } from "../../server/config/load.ts";
import type { TriedAddress } from "../../server/contract/config-status.ts";
import type { FleetSummary } from "../../server/contract/status.ts";
import { startService } from "../../server/service.ts";
import { createLogger } from "../../server/telemetry/logger.ts";

const DEADLINE_MS = 50_000;

/** A running haprobe. */
export interface Haprobe extends AsyncDisposable {
  /** Ends with a slash. */
  readonly url: string;
  readonly port: number;
  /** Resolves once the summary of all servers is as wanted. */
  until(isWanted: (summary: FleetSummary) => boolean): Promise<void>;
}

export interface HaprobeOptions {
  /** Port; 0 takes a free one. */
  readonly port?: number;
  /** Default: nothing is kept. */
  readonly dataDir?: string;
  /** What a haprobe without any HAProxy tried. */
  readonly tried?: readonly TriedAddress[];
}

/** Starts the service with this configuration in the test's process. */
export async function startHaprobe(
  config: string,
  webRoot: string,
  { port = 0, dataDir, tried = [] }: HaprobeOptions = {},
): Promise<Haprobe> {
  const readFile = (): string => config;
  const loaded = loadSettings({
    file: "/haprobe.yaml",
    haproxy: [],
    listen: `127.0.0.1:${port}`,
    dataDir: dataDir ?? "none",
    env: {},
    readFile,
    cwd: "/",
  });
  if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
  const log = createLogger({ level: "error", format: "json", stream: process.stderr });
  const service = await startService({
    settings: loaded.settings,
    log,
    clock: systemClock,
    random: Math.random,
    vantage: "host-a",
    webRoot,
    tried: () => tried,
  });
  let stopping: Promise<void> | null = null;
  const url = `http://127.0.0.1:${service.address.port}/`;
  return {
    url,
    port: service.address.port,
    async until(isWanted) {
      const deadline = performance.now() + DEADLINE_MS;
      for (;;) {
        const { summary } = (await (await fetch(`${url}api/v1/status`)).json()) as { summary: FleetSummary };
        if (isWanted(summary)) return;
        if (performance.now() > deadline) throw new Error(`after 50 s: ${JSON.stringify(summary)}`);
        await pause(25);
      }
    },
    [Symbol.asyncDispose]: () => (stopping ??= service.stop()),
  };
}
