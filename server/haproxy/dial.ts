import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";

/** A connection under way, and the event that says that it can be written to. */
export interface ConnectingSocket {
  readonly socket: Socket;
  readonly readyEvent: "connect" | "secureConnect";
}

/** Whom a TLS handshake has to prove. */
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

/** The certificate has to hold `serverName`, else `host`. */
export function dialTls(
  host: string,
  port: number,
  { context, serverName, verify }: TlsClientOptions,
): ConnectingSocket {
  const name = serverName ?? host;
  // RFC 6066: an address is never sent as a name; without one, Node looks for `host` in the certificate.
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

/** The other side in messages: an IPv6 address in brackets. */
export function formatHostPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
