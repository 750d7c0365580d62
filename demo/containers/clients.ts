import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../../server/clock.ts";
import { BACKENDS } from "../backends.ts";
import type { ControlCommand } from "../command.ts";
import { sendCommand } from "../control-client.ts";
import { startControlServer } from "../control-server.ts";
import { DemoError } from "../demo-error.ts";
import { FAULT_NAMES, FAULTS, type FaultName, SERVERS, type ServerName } from "../faults.ts";
import { controlSocket } from "../runtime-folder.ts";
import { startTraffic, type Traffic } from "../traffic.ts";
import { CREDENTIALS } from "./credentials.ts";
import { serverSocket } from "./server.ts";

/** Port of HAProxy's frontend of each backend; the first is 6443. */
export function frontendPort(backend: string): number {
  return 6443 + BACKENDS.findIndex(({ name }) => name === backend);
}

export interface ContainerClientsOptions {
  /** Host name of HAProxy. */
  readonly haproxy: string;
  /** The dashboard's address for a person. */
  readonly url: string;
  readonly credentials: string;
  readonly control: string;
  readonly clock?: Clock;
}

/** Sends requests through HAProxy, and executes `break`, `heal` and `status` of the demo, until it is disposed. */
export async function startContainerClients(options: ContainerClientsOptions): Promise<AsyncDisposable> {
  const { haproxy, credentials, control } = options;
  const read = (file: string): string => readFileSync(join(credentials, file), "utf8");
  await using stack = new AsyncDisposableStack();
  const traffic = startTraffic({
    addressOf: (backend) => ({ host: haproxy, port: frontendPort(backend) }),
    ca: read(CREDENTIALS.ca),
    token: read(CREDENTIALS.token),
    clock: options.clock ?? systemClock,
  });
  stack.defer(() => traffic.stop());
  const server = await startControlServer(controlSocket(control), (command) =>
    executeCommand(command, { ...options, traffic }),
  );
  stack.defer(() => server.close());
  return stack.move();
}

async function executeCommand(
  command: ControlCommand,
  { control, url, traffic }: ContainerClientsOptions & { readonly traffic: Traffic },
): Promise<string> {
  const ask = async (server: ServerName, words: readonly string[]): Promise<FaultName | null> => {
    const { ok, text } = await sendCommand(serverSocket(control, server), words).catch((cause: unknown) => {
      throw new DemoError(`The container of ${server} does not answer.`, { cause });
    });
    if (!ok) throw new DemoError(text);
    return FAULT_NAMES.find((fault) => fault === text) ?? null;
  };
  switch (command.kind) {
    case "break": {
      const { server, fault } = command;
      await ask(server, ["break", server, fault]);
      return [`${server} ${FAULTS[fault].description}.`, `Look at ${url}:`, ...FAULTS[fault].hints].join("\n  ");
    }
    case "heal": {
      const servers = command.server === null ? SERVERS : [command.server];
      for (const server of servers) await ask(server, ["heal", server]);
      return `${servers.join(", ")}: healthy.`;
    }
    case "status": {
      const servers = SERVERS.map(async (server) => {
        const fault = await ask(server, ["status"]);
        return `${server.padEnd(12)}${fault === null ? "is healthy" : FAULTS[fault].description}`;
      });
      const clients = traffic
        .stats()
        .map(
          ({ backend, requests, failed }) => `${backend.padEnd(12)}${failed} of the last ${requests} requests failed`,
        );
      return [`page        ${url}`, ...(await Promise.all(servers)), ...clients].join("\n");
    }
  }
}
