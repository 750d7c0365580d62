import { connect as connectTcp, isIP } from "node:net";
import type { Socket } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import type { SecureContext, TLSSocket } from "node:tls";
import type { Deadline } from "./deadline.ts";

/** Connects to a port. Rejects with the socket's error, or with the deadline's reason; then nothing is left open. */
export function dial(host: string, port: number, deadline: Deadline): Promise<Socket> {
  const socket = connectTcp({ host, port, noDelay: true });
  return opened(socket, "connect", deadline);
}

/** Whom a TLS handshake has to prove. */
export interface TlsPeer {
  readonly context: SecureContext;
  readonly host: string;
  /** SNI and the name to look for in the certificate; null: no SNI, and the certificate must name `host`. */
  readonly serverName: string | null;
  readonly verify: boolean;
}

/**
 * Makes the handshake on a connected socket. A certificate that does not verify is no error here: the caller reads
 * it from `authorized` and `authorizationError`, so that its end is known all the same. Rejects as `dial` does.
 */
export function secure(socket: Socket, peer: TlsPeer, deadline: Deadline): Promise<TLSSocket> {
  const name = peer.serverName ?? peer.host;
  const tlsSocket = connectTls({
    socket,
    secureContext: peer.context,
    host: name,
    // RFC 6066: an address is never sent as a name.
    servername: peer.serverName !== null && isIP(peer.serverName) === 0 ? peer.serverName : "",
    rejectUnauthorized: false,
    checkServerIdentity: peer.verify ? checkServerIdentity : acceptAnyName,
  });
  return opened(tlsSocket, "secureConnect", deadline);
}

function acceptAnyName(): undefined {
  return undefined;
}

function opened<T extends Socket>(socket: T, event: "connect" | "secureConnect", deadline: Deadline): Promise<T> {
  const { signal } = deadline;
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.off(event, ready);
      socket.off("error", fail);
      signal.removeEventListener("abort", abort);
      // From here on an error is told by whoever reads the socket; without a listener it would end the process.
      socket.on("error", () => {});
      act();
    };
    const ready = (): void => {
      deadline.progressed();
      settle(() => resolve(socket));
    };
    const fail = (error: Error): void =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const abort = (): void =>
      settle(() => {
        socket.destroy();
        reject(signal.reason);
      });
    socket.once(event, ready);
    socket.once("error", fail);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
