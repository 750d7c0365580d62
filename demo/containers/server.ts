import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startControlServer } from "../control-server.ts";
import { type FaultName, FAULTS, type ServerName } from "../faults.ts";
import { startApiServer } from "../stand-in/api-server.ts";
import { CREDENTIALS } from "./credentials.ts";

/** Ports of a stand-in API server: anonymous health checks, or a token for everything. */
export const SERVER_PORTS = { open: 6443, token: 6444 } as const;

/** The control socket of one server, in the folder that the containers of the demo share. */
export function serverSocket(folder: string, server: ServerName): string {
  return join(folder, `${server}.sock`);
}

export interface ContainerServerOptions {
  readonly name: ServerName;
  readonly host: string;
  /** 0: a free port. */
  readonly ports: { readonly open: number; readonly token: number };
  /** Folder of the credentials, and that of the control sockets. */
  readonly credentials: string;
  readonly control: string;
}

/** Starts one stand-in API server that can be broken through its control socket, until it is disposed. */
export async function startContainerServer(options: ContainerServerOptions): Promise<AsyncDisposable> {
  const read = (file: string): string => readFileSync(join(options.credentials, file), "utf8");
  const tls = { cert: read(CREDENTIALS.certificate), key: read(CREDENTIALS.key) };
  const token = read(CREDENTIALS.token);
  await using stack = new AsyncDisposableStack();
  const start = async (access: "open" | "token") => {
    const endpoint = { tls, host: options.host, port: options.ports[access] };
    return stack.use(await startApiServer({ ...endpoint, access: { token, anonymous: access === "open" } }));
  };
  const ports = [await start("open"), await start("token")];
  let fault: FaultName | null = null;
  const setFault = async (wanted: FaultName | null): Promise<void> => {
    fault = wanted;
    await Promise.all(ports.map((port) => port.setMode(wanted === null ? "healthy" : FAULTS[wanted].mode)));
  };
  const control = await startControlServer(serverSocket(options.control, options.name), async (command) => {
    if (command.kind === "break") await setFault(command.fault);
    if (command.kind === "heal") await setFault(null);
    return fault ?? "";
  });
  stack.defer(() => control.close());
  return stack.move();
}
