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
import { createTerminalLog } from "./terminal-log.ts";
import { formatAlert } from "./terminal-text.ts";
import type { ControlCommand } from "./command.ts";
import { startControlServer } from "./control-server.ts";
import { FAULTS, type FaultName, SERVERS, type ServerName } from "./faults.ts";
import { type StandInServers, startStandInServers } from "./stand-in-servers.ts";
import { type AlertReceiver, startAlertReceiver } from "./alert-receiver.ts";
import { alertSecretFile, haprobeConfig, tokenFile } from "./haprobe-config.ts";
import { caFile, clientSocket, haproxyConfig, statsSocket } from "./haproxy-config.ts";
import { startHaproxy } from "./haproxy-process.ts";
import { type HaproxyProgram, findOrInstallHaproxy, detectHost } from "./haproxy-program.ts";
import { DemoError } from "./demo-error.ts";
import { controlSocket, makeRunFolder, openRuntimeFolder, removeRuntimeFolder } from "./runtime-folder.ts";
import { createAuthority } from "./stand-in/certificates.ts";
import { startTraffic, type Traffic } from "./traffic.ts";
import { formatHostPort } from "../server/contract/host-port.ts";

/** The running demo. */
export interface Demo extends AsyncDisposable {
  readonly url: string;
  readonly haproxy: HaproxyProgram;
  /** The folder of haproxy.cfg and haprobe.yaml. */
  readonly folder: string;
  /** Why the page is not at its default address; null if it is. */
  readonly addressNote: string | null;
  setFault(server: ServerName, fault: FaultName | null): Promise<void>;
  /** Executes a command and resolves with text for a terminal. */
  execute(command: ControlCommand): Promise<string>;
}

export interface DemoOptions {
  /** The folder with the control socket. */
  readonly runtimeFolder: string;
  /** Null: the default address, or a free port if that is taken. */
  readonly listen: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Prints text, which includes its line end. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Starts servers, HAProxy, haprobe and clients; a start that fails or is aborted leaves nothing running. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { runtimeFolder, clock, random, say, signal } = options;
  await using stack = new AsyncDisposableStack();

  openRuntimeFolder(runtimeFolder);
  stack.defer(() => removeRuntimeFolder(runtimeFolder));
  const control = controlSocket(runtimeFolder);
  let demo: Demo | null = null;
  const server = await startControlServer(
    control,
    async (command) => demo?.execute(command) ?? "The demo is starting.",
  );
  stack.defer(() => server.close());
  const folder = makeRunFolder(runtimeFolder);
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  // Removed even if the process exits at once, such as after a second Ctrl-C.
  const atExit = new Set<() => void>([
    () => rmSync(folder, { recursive: true, force: true }),
    () => rmSync(control, { force: true }),
    () => removeRuntimeFolder(runtimeFolder),
  ]);
  const onExit = (): void => atExit.forEach((end) => end());
  process.on("exit", onExit);
  stack.defer(() => void process.off("exit", onExit));

  const program = await findOrInstallHaproxy(detectHost(options.env), say, signal);
  const authority = await createAuthority("haprobe demo CA");
  const token = randomBytes(24).toString("base64url");
  const fleet = stack.use(await startStandInServers(await authority.issue({ names: [CERTIFICATE_NAME] }), token));
  signal.throwIfAborted();

  const configFile = join(folder, "haproxy.cfg");
  writeFileSync(caFile(folder), authority.ca);
  writeFileSync(tokenFile(folder), token, { mode: 0o600 });
  writeFileSync(configFile, haproxyConfig({ folder, endpoints: fleet.endpoints }));
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
  void haproxy.exited.then((how) => {
    if (!stopping) say(`\nHAProxy ended unexpectedly, ${how}\nThe page shows the effect. Ctrl-C ends the demo.\n`);
  });

  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  writeFileSync(alertSecretFile(folder), secret, { mode: 0o600 });
  const print = (line: string): void => say(`${formatAlert(line)}\n`);
  const receiver = stack.use(await startAlertReceiver({ host: "127.0.0.1", port: 0, secret, print }));
  const { service, remark } = await startHaprobe(folder, receiver, options);
  stack.defer(() => service.stop());
  const traffic = startTraffic({
    addressOf: (backend) => ({ socketPath: clientSocket(folder, backend) }),
    ca: authority.ca,
    token,
    clock,
  });
  stack.defer(() => traffic.stop());
  signal.throwIfAborted();

  const { host, port } = service.address;
  const kept = stack.move();
  demo = {
    url: `http://${formatHostPort(host, port)}`,
    haproxy: program,
    folder,
    addressNote: remark,
    setFault: (name, fault) => fleet.setFault(name, fault),
    execute: (command) => executeCommand(command, { fleet, traffic, say, url: demo?.url ?? "" }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
  return demo;

  async function startHaprobe(
    runFolder: string,
    { port: receiverPort }: AlertReceiver,
    { listen }: DemoOptions,
  ): Promise<{ service: Service; remark: string | null }> {
    const start = (at: string | undefined): Promise<Service> =>
      startService({
        settings: readSettings(runFolder, receiverPort, at),
        log: createTerminalLog((line) => say(`${line}\n`)),
        clock,
        random,
        vantage: hostname(),
      });
    try {
      return { service: await start(listen ?? undefined), remark: null };
    } catch (error) {
      if (!(error instanceof HaprobeError && error.code === "HAPROBE_LISTEN_FAILED")) throw error;
      if (listen !== null) throw new DemoError(`${error.message}. ${error.remedy}`, { cause: error });
      return {
        service: await start("127.0.0.1:0"),
        remark: `${error.message}; --listen chooses another address. This time the page is at`,
      };
    }
  }
}

/** Writes haprobe.yaml and loads it like `haprobe serve`. */
function readSettings(folder: string, receiverPort: number, listen: string | undefined): Settings {
  const file = join(folder, "haprobe.yaml");
  writeFileSync(file, haprobeConfig(folder, receiverPort));
  const readFile = (path: string): string => readFileSync(path, "utf8");
  const loaded = loadSettings({ file, haproxy: [], listen, env: {}, readFile, cwd: folder });
  if (loaded.kind === "broken") throw new DemoError(loaded.errors.map(formatConfigError).join("\n"));
  return loaded.settings;
}

interface CommandContext {
  readonly fleet: StandInServers;
  readonly traffic: Traffic;
  readonly say: (text: string) => void;
  readonly url: string;
}

async function executeCommand(command: ControlCommand, parts: CommandContext): Promise<string> {
  const { fleet, say, url } = parts;
  switch (command.kind) {
    case "break": {
      const { server, fault } = command;
      await fleet.setFault(server, fault);
      const { description, hints } = FAULTS[fault];
      say(`\n${server} ${description}.\n`);
      return [`${server} ${description}.`, `Look at ${url}:`, ...hints.map((line) => `  ${line}`)].join("\n");
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
      return formatStatus(parts);
  }
}

function formatStatus({ fleet, traffic, url }: CommandContext): string {
  const servers = SERVERS.map((name) => {
    const fault = fleet.faultOf(name);
    return `${name.padEnd(12)}${fault === null ? "is healthy" : FAULTS[fault].description}`;
  });
  const clients = traffic
    .stats()
    .map(
      ({ backend, requests, failed }) =>
        `${backend.padEnd(12)}of the last ${requests} requests of the clients ${failed} failed`,
    );
  return [`${"page".padEnd(12)}${url}`, ...servers, ...clients].join("\n");
}
