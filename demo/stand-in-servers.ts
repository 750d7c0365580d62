import type { CertificatePem } from "./stand-in/certificates.ts";
import { type ApiServer, startApiServer } from "./stand-in/api-server.ts";
import { FAULTS, type FaultName, SERVERS, type ServerName } from "./faults.ts";
import type { ServerEndpoint } from "./haproxy-config.ts";
import { DemoError } from "./demo-error.ts";

/** The three stand-in API servers, each with two ports: one with anonymous health checks, one that requires a token. */
export interface StandInServers extends AsyncDisposable {
  readonly endpoints: { readonly open: readonly ServerEndpoint[]; readonly token: readonly ServerEndpoint[] };
  /** Null: healthy. */
  faultOf(server: ServerName): FaultName | null;
  /** Applies to both ports of the server. Throws DemoError if its port was taken meanwhile. */
  setFault(server: ServerName, fault: FaultName | null): Promise<void>;
}

/** Loopback addresses and ports like those of a cluster; others are used if these are not available. */
const ADDRESSES = { "cp-1": "127.0.0.11", "cp-2": "127.0.0.12", "cp-3": "127.0.0.13" } as const;
const PORTS = { open: 6443, token: 6444 } as const;

interface StandInServer {
  readonly open: ApiServer;
  readonly token: ApiServer;
  fault: FaultName | null;
}

/** Starts them; `token` gives access to everything at both ports. A start that fails leaves nothing running. */
export async function startStandInServers(tls: CertificatePem, token: string): Promise<StandInServers> {
  await using stack = new AsyncDisposableStack();
  const members = new Map<ServerName, StandInServer>();
  for (const name of SERVERS) {
    const at = async (access: "open" | "token"): Promise<ApiServer> =>
      stack.use(await startServer(ADDRESSES[name], PORTS[access], tls, { token, anonymous: access === "open" }));
    members.set(name, { open: await at("open"), token: await at("token"), fault: null });
  }
  const kept = stack.move();

  const member = (name: ServerName): StandInServer => {
    const found = members.get(name);
    if (found === undefined) throw new Error(`no server ${name}`);
    return found;
  };
  const endpointsOf = (access: "open" | "token"): ServerEndpoint[] =>
    SERVERS.map((name) => ({ name, host: member(name)[access].host, port: member(name)[access].port }));
  // Changes run one after another: a port that is being closed cannot be opened.
  let changes: Promise<void> = Promise.resolve();
  const change = async (name: ServerName, fault: FaultName | null): Promise<void> => {
    const server = member(name);
    const mode = fault === null ? "healthy" : FAULTS[fault].mode;
    server.fault = fault;
    try {
      await Promise.all([server.open.setMode(mode), server.token.setMode(mode)]);
    } catch (cause) {
      server.fault = "die";
      throw new DemoError(`${name} cannot listen any more: ${(cause as Error).message}`, { cause });
    }
  };

  return {
    endpoints: { open: endpointsOf("open"), token: endpointsOf("token") },
    faultOf: (name) => member(name).fault,
    setFault(name, fault) {
      const done = changes.then(() => change(name, fault));
      changes = done.catch(() => {});
      return done;
    },
    [Symbol.asyncDispose]: async () => {
      await changes;
      await kept.disposeAsync();
    },
  };
}

async function startServer(
  host: string,
  port: number,
  tls: CertificatePem,
  access: { token: string; anonymous: boolean },
): Promise<ApiServer> {
  try {
    return await startApiServer({ tls, host, port, access });
  } catch (error) {
    // Another program has the port, or this is not Linux, where only one loopback address exists.
    const elsewhere = (error as NodeJS.ErrnoException).code === "EADDRNOTAVAIL" ? "127.0.0.1" : host;
    return startApiServer({ tls, host: elsewhere, port: 0, access });
  }
}
