import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCommand } from "../command.ts";
import { sendCommand } from "../control-client.ts";
import { DemoError } from "../demo-error.ts";
import { FAULT_NAMES, SERVERS } from "../faults.ts";
import { controlSocket } from "../runtime-folder.ts";
import { abortOnSignals } from "../signals.ts";
import { startContainerClients } from "./clients.ts";
import { CREDENTIALS, writeCredentials } from "./credentials.ts";
import { startAlertReceiver } from "../alert-receiver.ts";
import { SERVER_PORTS, startContainerServer } from "./server.ts";

// The program of the demo's containers in docker-compose.yml, and the command `demo` in them.
const FOLDERS = { credentials: "/credentials", control: "/run/demo" };
const RECEIVER_PORT = 8080;
const USAGE = `docker compose exec clients demo break SERVER FAULT   SERVER: ${SERVERS.join(", ")}; FAULT: ${FAULT_NAMES.join(", ")}
docker compose exec clients demo heal [SERVER]        heals one server, or all
docker compose exec clients demo status               what is broken, and failed requests of the clients
`;

process.exitCode = await main(process.argv.slice(2));

/** Runs one command and resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [word, name] = args;
  switch (word) {
    case "credentials":
      await writeCredentials(FOLDERS.credentials);
      return 0;
    case "server": {
      const server = SERVERS.find((known) => known === name);
      if (server === undefined) return usage();
      return run(() => startContainerServer({ name: server, host: "0.0.0.0", ports: SERVER_PORTS, ...FOLDERS }));
    }
    case "clients": {
      const url = process.env["DASHBOARD"] ?? "http://127.0.0.1:8405";
      return run(() => startContainerClients({ haproxy: "haproxy", url, ...FOLDERS }));
    }
    case "receiver": {
      const secret = readFileSync(join(FOLDERS.credentials, CREDENTIALS.webhookSecret), "utf8").trim();
      const print = (line: string): void => void process.stdout.write(`${line}\n`);
      return run(() => startAlertReceiver({ host: "0.0.0.0", port: RECEIVER_PORT, secret, print }));
    }
    default:
      return sendToDemo(args);
  }
}

/** Runs until a signal. */
async function run(start: () => Promise<AsyncDisposable>): Promise<number> {
  const signal = abortOnSignals();
  await using _running = await start();
  process.stdout.write("ready\n");
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  return 0;
}

async function sendToDemo(args: readonly string[]): Promise<number> {
  const command = parseCommand(args);
  if (command.kind === "start" || command.kind === "help") return usage();
  if (command.kind === "wrong") {
    process.stderr.write(`demo: ${command.message}.\n\n`);
    return usage();
  }
  try {
    const { ok, text } = await sendCommand(controlSocket(FOLDERS.control), args);
    (ok ? process.stdout : process.stderr).write(`${text}\n`);
    return ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DemoError)) throw error;
    process.stderr.write("demo: the container `clients` does not answer.\n");
    return 1;
  }
}

function usage(): number {
  process.stderr.write(USAGE);
  return 2;
}
