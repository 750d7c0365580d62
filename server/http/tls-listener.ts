import type { Server, ServerOptions } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import { renderProblemResponse } from "../access/problem-details.ts";
import { Quota } from "../access/quota.ts";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { TlsFiles } from "./tls-files.ts";

/** First byte of a TLS connection: a handshake record. */
const HANDSHAKE_RECORD = 0x16;

/** An HTTPS server, and what begins the handshake of a connection that it accepted. */
export interface TlsServer {
  readonly server: Server;
  /** Called instead of the server's own listener; ends the connection and returns false where too many handshakes are under way. */
  accept(socket: Socket): boolean;
}

/**
 * Makes an HTTPS server that presents the files' certificate, also after they changed. `onRevoked` is called where client
 * certificates are verified by other authorities from now on. At most `tlsHandshakesMax` handshakes are under way.
 */
export function createTlsServer(
  files: TlsFiles,
  options: ServerOptions,
  clock: Clock,
  onRevoked: () => void,
): TlsServer {
  const asksForCertificate = files.context.ca !== undefined;
  const server = createServer({
    ...options,
    ...files.context,
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: BOUNDS.tlsHandshakeTimeoutMs,
    requestCert: asksForCertificate,
    rejectUnauthorized: asksForCertificate,
  });
  files.onContext(({ context, clientCaChanged }) => {
    server.setSecureContext(context);
    if (clientCaChanged) onRevoked();
  });
  const handshakes = new Quota(BOUNDS.tlsHandshakesMax);
  /** What ends the limits of a handshake, by the address of its client. */
  const pending = new Map<string, () => void>();
  server.on("secureConnection", (socket) => pending.get(nameOf(socket))?.());
  const [startTls] = server.listeners("connection") as ((this: unknown, socket: Socket) => void)[];
  server.removeAllListeners("connection");
  // Node would pass the error on to `clientError`, which answers in plain text.
  server.removeAllListeners("tlsClientError");
  server.on("tlsClientError", (_error, socket) => socket.destroy());

  return {
    server,
    accept(socket) {
      const name = nameOf(socket);
      const release = handshakes.tryTake(socket.remoteAddress ?? "");
      if (release === null) {
        socket.destroy();
        return false;
      }
      const cancel = clock.after(BOUNDS.tlsHandshakeTimeoutMs, () => socket.destroy());
      const finish = (): void => {
        cancel();
        release();
        pending.delete(name);
      };
      pending.set(name, finish);
      socket.once("close", finish);
      const onError = (): void => void socket.destroy();
      socket.on("error", onError);
      socket.once("data", (begin: Buffer) => {
        if (begin[0] !== HANDSHAKE_RECORD) return answerPlain(socket);
        socket.pause();
        socket.unshift(begin);
        socket.off("error", onError);
        startTls?.call(server, socket);
      });
      return true;
    },
  };
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Answers plain HTTP, whatever the request is, and ends the connection by its deadline. */
function answerPlain(socket: Socket): void {
  socket.end(renderProblemResponse(400, "This port speaks TLS: use https."));
  socket.resume();
}
