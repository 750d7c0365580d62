import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";

/** A connecting socket, and the event it emits once it is writable. */
export interface ConnectingSocket {
  readonly socket: Socket;
  readonly readyEvent: "connect" | "secureConnect";
}

/** How a TLS client verifies the server. */
export interface TlsClientOptions {
  readonly context: SecureContext;
  readonly serverName: string | null;
  readonly verify: boolean;
}

export function dialUnix(path: string): ConnectingSocket {
  return { socket: connect({ path }), readyEvent: "connect" };
}

export function dialTcp(host: string, port: number): ConnectingSocket {
  return { socket: connect({ host, port, noDelay: true }), readyEvent: "connect" };
}

/** Connects with TLS; the certificate must be valid for `serverName`, else for `host`. */
export function dialTls(
  host: string,
  port: number,
  { context, serverName, verify }: TlsClientOptions,
): ConnectingSocket {
  const name = serverName ?? host;
  // RFC 6066 forbids an address as SNI; without one, Node verifies the certificate for `host`.
  const servername = isIP(name) === 0 ? name : "";
  const socket = connectTls({
    host,
    port,
    servername,
    secureContext: context,
    rejectUnauthorized: verify,
  });
  socket.setNoDelay(true);
  return { socket, readyEvent: "secureConnect" };
}
