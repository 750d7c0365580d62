import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Socket } from "node:net";
import { checkServerIdentity, connect } from "node:tls";
import type { SecureContext, TLSSocket } from "node:tls";
import type { Deadline } from "./deadline.ts";
import { awaitReady } from "./dial.ts";
import { createWriteBlockingSocket } from "./write-blocking-socket.ts";

/** Whom a TLS handshake has to prove, and what we show of ourselves. */
export interface TlsHandshakeOptions {
  readonly context: SecureContext;
  readonly host: string;
  /** SNI and the name to look for in the certificate; null: no SNI, and the certificate must name `host`. */
  readonly serverName: string | null;
  readonly verify: boolean;
  /** The context holds a client certificate that only a verified server may see. */
  readonly requireVerifiedForCertificate: boolean;
  /** Protocols to offer; empty: no ALPN. */
  readonly alpnProtocols: readonly string[];
}

/** A handshake that ended, or that we broke off when the certificate was seen. */
export interface TlsHandshake {
  readonly socket: TLSSocket;
  /** What is wrong with the certificate, OpenSSL's or Node's code; null: nothing, or nobody asked. */
  readonly certificateError: string | null;
  readonly certificate: X509Certificate | null;
  readonly isComplete: boolean;
}

/**
 * Makes the handshake on a connected socket. A certificate that does not verify is no error here, so that its end is
 * known all the same. Rejects with the socket's error, or with the deadline's reason; then nothing is left open.
 */
export async function performTlsHandshake(
  socket: Socket,
  peer: TlsHandshakeOptions,
  deadline: Deadline,
): Promise<TlsHandshake> {
  const wire = peer.requireVerifiedForCertificate ? createWriteBlockingSocket(socket) : null;
  const tlsSocket = connect({
    socket: wire?.stream ?? socket,
    secureContext: peer.context,
    host: peer.serverName ?? peer.host,
    // RFC 6066: an address is never sent as a name.
    servername: peer.serverName !== null && isIP(peer.serverName) === 0 ? peer.serverName : "",
    rejectUnauthorized: false,
    checkServerIdentity: peer.verify ? checkServerIdentity : acceptAnyName,
    requestOCSP: peer.requireVerifiedForCertificate,
    ALPNProtocols: [...peer.alpnProtocols],
  });
  let brokenOff: TlsHandshake | null = null;
  // Node says this between the server's certificate and our answer to it, whether the server staples anything or not.
  tlsSocket.once("OCSPResponse", () => {
    const problem = earlyCertificateError(tlsSocket, peer);
    if (wire === null || problem === null) return;
    wire.blockWrites();
    brokenOff = {
      socket: tlsSocket,
      certificateError: problem,
      certificate: certificateOf(tlsSocket),
      isComplete: false,
    };
    // Not from within OpenSSL.
    setImmediate(() => tlsSocket.destroy(new Error("the certificate does not verify")));
  });
  try {
    await awaitReady(tlsSocket, "secureConnect", deadline);
  } catch (error) {
    if (brokenOff !== null) return brokenOff;
    throw error;
  }
  // Its type says Error, but Node keeps the code there.
  const problem = peer.verify && !tlsSocket.authorized ? String(tlsSocket.authorizationError) : null;
  return (
    brokenOff ?? {
      socket: tlsSocket,
      certificateError: problem,
      certificate: certificateOf(tlsSocket),
      isComplete: true,
    }
  );
}

function acceptAnyName(): undefined {
  return undefined;
}

function certificateOf(socket: TLSSocket): X509Certificate | null {
  return socket.getPeerX509Certificate() ?? null;
}

/** As `authorizationError` will say it, which Node sets only when our certificate is already on its way. */
function earlyCertificateError(socket: TLSSocket, peer: TlsHandshakeOptions): string | null {
  // Not documented, and what Node's own code asks; without it nobody counts as verified.
  const ssl: unknown = Reflect.get(socket, "ssl");
  const verifyError: unknown = typeof ssl === "object" && ssl !== null ? Reflect.get(ssl, "verifyError") : null;
  if (typeof verifyError !== "function") return "CERTIFICATE_CANNOT_BE_VERIFIED_IN_TIME";
  const chain: unknown = verifyError.call(ssl);
  if (chain !== null && chain !== undefined) return errorCode(chain);
  const name = checkServerIdentity(peer.serverName ?? peer.host, socket.getPeerCertificate());
  return name === undefined ? null : errorCode(name);
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
