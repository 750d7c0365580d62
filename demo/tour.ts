import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "../server/clock.ts";
import { formatConfigError } from "../server/config/config-error.ts";
import { loadSettings } from "../server/config/load.ts";
import type { Settings } from "../server/contract/settings.ts";
import { HaprobeError } from "../server/errors.ts";
import { type Service, startService } from "../server/service.ts";
import { CERTIFICATE_NAME } from "./backends.ts";
import { createCalmLog } from "./calm-log.ts";
import type { ControlCommand } from "./command.ts";
import { startControl } from "./control-server.ts";
import { FAULTS, type FaultName, SERVERS, type ServerName } from "./faults.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { haprobeConfig, tokenFile } from "./haprobe-config.ts";
import { caFile, haproxyConfig, statsSocket } from "./haproxy-config.ts";
import { startHaproxy } from "./haproxy-process.ts";
import { type HaproxyProgram, obtainHaproxy, thisMachine } from "./haproxy-program.ts";
import { DemoProblem } from "./problem.ts";
import { controlSocket, makeRunFolder, openRuntimeFolder, removeRuntimeFolder } from "./runtime-folder.ts";
import { makeAuthority } from "./stand-in/certificates.ts";
import { startTraffic, type Traffic } from "./traffic.ts";

/** The running demo. */
export interface Tour extends AsyncDisposable {
  readonly url: string;
  readonly haproxy: HaproxyProgram;
  /** haproxy.cfg and haprobe.yaml are in here. */
  readonly folder: string;
  /** A word on the page's address where it is not the usual one. */
  readonly remark: string | null;
  setFault(server: ServerName, fault: FaultName | null): Promise<void>;
  /** Does what a command says, and answers with text for a terminal. */
  obey(command: ControlCommand): Promise<string>;
}

export interface TourOptions {
  /** The folder in which other terminals find the demo. */
  readonly runtimeFolder: string;
  /** Null: the usual address, or a free port beside it. */
  readonly listen: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Prints one piece of text for people, with its line end. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Starts servers, HAProxy, haprobe and clients; whatever was started is ended if a later step fails or the signal comes. */
export async function startTour(options: TourOptions): Promise<Tour> {
  const { runtimeFolder, clock, random, say, signal } = options;
  await using stack = new AsyncDisposableStack();

  openRuntimeFolder(runtimeFolder);
  stack.defer(() => removeRuntimeFolder(runtimeFolder));
  const control = controlSocket(runtimeFolder);
  let tour: Tour | null = null;
  const server = await startControl(control, async (command) => tour?.obey(command) ?? "The demo is just starting.");
  stack.defer(() => server.close());
  const folder = makeRunFolder(runtimeFolder);
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  // What has to be gone even where there is no time for order: a second Ctrl-C, a fault of the demo.
  const atExit = new Set<() => void>([
    () => rmSync(folder, { recursive: true, force: true }),
    () => rmSync(control, { force: true }),
    () => removeRuntimeFolder(runtimeFolder),
  ]);
  const onExit = (): void => atExit.forEach((end) => end());
  process.on("exit", onExit);
  stack.defer(() => void process.off("exit", onExit));

  const program = await obtainHaproxy(thisMachine(options.env), say, signal);
  const authority = await makeAuthority("haprobe demo CA");
  const token = randomBytes(24).toString("base64url");
  const fleet = stack.use(await startFleet(await authority.issue({ names: [CERTIFICATE_NAME] }), token));
  signal.throwIfAborted();

  const configFile = join(folder, "haproxy.cfg");
  writeFileSync(caFile(folder), authority.ca);
  writeFileSync(tokenFile(folder), token, { mode: 0o600 });
  writeFileSync(configFile, haproxyConfig({ folder, doors: fleet.doors }));
  const haproxy = await startHaproxy({
    program: program.path,
    configFile,
    statsSocket: statsSocket(folder),
    folder,
    clock,
    signal,
  });
  atExit.add(() => haproxy.kill());
  let stopping = false;
  stack.defer(async () => {
    stopping = true;
    await haproxy.stop();
  });
  void haproxy.ended.then((how) => {
    if (!stopping)
      say(`\nHAProxy ended by itself, ${how}\nThe page shows what that looks like. Ctrl-C ends the demo.\n`);
  });

  const { service, remark } = await startHaprobe(folder, options);
  stack.defer(() => service.stop());
  const traffic = startTraffic({ folder, ca: authority.ca, token, clock });
  stack.defer(() => traffic.stop());
  signal.throwIfAborted();

  const { host, port } = service.address;
  const kept = stack.move();
  tour = {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    haproxy: program,
    folder,
    remark,
    setFault: (name, fault) => fleet.setFault(name, fault),
    obey: (command) => obey(command, { fleet, traffic, say, url: tour?.url ?? "" }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
  return tour;

  async function startHaprobe(
    runFolder: string,
    { listen }: TourOptions,
  ): Promise<{ service: Service; remark: string | null }> {
    const start = (at: string | undefined): Promise<Service> =>
      startService({
        settings: readSettings(runFolder, at),
        log: createCalmLog((line) => say(`${line}\n`)),
        clock,
        random,
        vantage: hostname(),
      });
    try {
      return { service: await start(listen ?? undefined), remark: null };
    } catch (error) {
      if (!(error instanceof HaprobeError && error.code === "HAPROBE_LISTEN_FAILED")) throw error;
      if (listen !== null) throw new DemoProblem(`${error.message}. ${error.remedy}`, { cause: error });
      return {
        service: await start("127.0.0.1:0"),
        remark: `${error.message}; --listen chooses another address. This time the page is at`,
      };
    }
  }
}

/** The settings as `haprobe serve` would read them; the file stays for who wants to look. */
function readSettings(folder: string, listen: string | undefined): Settings {
  const file = join(folder, "haprobe.yaml");
  writeFileSync(file, haprobeConfig(folder));
  const readFile = (path: string): string => readFileSync(path, "utf8");
  const loaded = loadSettings({ file, haproxy: [], listen, env: {}, readFile, cwd: folder });
  if (loaded.kind === "broken") throw new DemoProblem(loaded.errors.map(formatConfigError).join("\n"));
  return loaded.settings;
}

interface Parts {
  readonly fleet: Fleet;
  readonly traffic: Traffic;
  readonly say: (text: string) => void;
  readonly url: string;
}

async function obey(command: ControlCommand, parts: Parts): Promise<string> {
  const { fleet, say, url } = parts;
  switch (command.kind) {
    case "break": {
      const { server, fault } = command;
      await fleet.setFault(server, fault);
      const { what, look } = FAULTS[fault];
      say(`\n${server} ${what}.\n`);
      return [`${server} ${what}.`, `Look at ${url}:`, ...look.map((line) => `  ${line}`)].join("\n");
    }
    case "heal": {
      const servers =
        command.server === null ? SERVERS.filter((name) => fleet.faultOf(name) !== null) : [command.server];
      for (const name of servers) await fleet.setFault(name, null);
      const healed = servers.length === 0 ? "No server is broken." : `${servers.join(", ")}: healthy again.`;
      say(`\n${healed}\n`);
      return healed;
    }
    case "status":
      return status(parts);
  }
}

function status({ fleet, traffic, url }: Parts): string {
  const servers = SERVERS.map((name) => {
    const fault = fleet.faultOf(name);
    return `${name.padEnd(12)}${fault === null ? "is healthy" : FAULTS[fault].what}`;
  });
  const clients = traffic
    .fortunes()
    .map(
      ({ backend, requests, failed }) =>
        `${backend.padEnd(12)}of the last ${requests} requests of the clients ${failed} failed`,
    );
  return [`${"page".padEnd(12)}${url}`, ...servers, ...clients].join("\n");
}
