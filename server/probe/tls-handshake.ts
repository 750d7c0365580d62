import type { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { checkServerIdentity, connect, type SecureContext, type TLSSocket } from "node:tls";
import type { Deadline } from "./deadline.ts";
import { awaitReady } from "./dial.ts";
import { createSocketStream, type SocketStream } from "./socket-stream.ts";
import { TlsRecordLimits } from "./tls-record-limits.ts";
import type { TlsTraffic } from "./tls-traffic.ts";

/** The identity that a handshake verifies, and the context and protocols that it offers. */
export interface TlsHandshakeOptions {
  readonly context: SecureContext;
  readonly host: string;
  /** SNI and the name that the certificate must contain; null: no SNI, and the certificate must contain `host`. */
  readonly serverName: string | null;
  readonly verify: boolean;
  /** The context holds a client certificate that is sent to a verified server only. */
  readonly requireVerifiedForCertificate: boolean;
  /** Protocols to offer; empty: no ALPN. */
  readonly alpnProtocols: readonly string[];
  readonly targetKey: string;
  readonly traffic: TlsTraffic;
}

/** A handshake that completed, or that was aborted on the server's certificate. */
export interface TlsHandshake {
  readonly socket: TLSSocket;
  /** Why the certificate does not verify, as OpenSSL's or Node's code; null: it does, or is not verified. */
  readonly certificateError: string | null;
  readonly certificate: X509Certificate | null;
  readonly isComplete: boolean;
  /** It took far more bytes, and so certificates, or far more time than others. */
  readonly isWasteful: boolean;
}

/**
 * Makes the handshake on a connected socket. A certificate that does not verify is no error here, so that its expiry
 * date is reported too. Rejects with the socket's error or the deadline's reason; then nothing is left open.
 */
export async function performTlsHandshake(
  socket: Socket,
  options: TlsHandshakeOptions,
  deadline: Deadline,
): Promise<TlsHandshake> {
  const { targetKey, traffic } = options;
  // Through a stream each read costs more, so that only some connections have one.
  const wrapped =
    options.requireVerifiedForCertificate || traffic.isExamined(targetKey) ? wrapSocket(socket, options) : null;
  const tlsSocket = connect({
    socket: wrapped?.stream ?? socket,
    secureContext: options.context,
    host: options.serverName ?? options.host,
    // RFC 6066: an address is never sent as a name.
    servername: options.serverName !== null && isIP(options.serverName) === 0 ? options.serverName : "",
    rejectUnauthorized: false,
    checkServerIdentity: options.verify ? checkServerIdentity : acceptAnyName,
    requestOCSP: options.requireVerifiedForCertificate,
    ALPNProtocols: [...options.alpnProtocols],
  });
  traffic.watch(targetKey, socket, tlsSocket);
  let aborted: TlsHandshake | null = null;
  // Node emits this between the server's certificate and ours, even without a stapled response.
  tlsSocket.once("OCSPResponse", () => {
    const certificateError = earlyCertificateError(tlsSocket, options);
    if (!options.requireVerifiedForCertificate || wrapped === null || certificateError === null) return;
    wrapped.blockWrites();
    aborted = {
      socket: tlsSocket,
      certificateError,
      certificate: certificateOf(tlsSocket),
      isComplete: false,
      isWasteful: false,
    };
    // Deferred, because OpenSSL is on the stack.
    setImmediate(() => tlsSocket.destroy(new Error("the certificate does not verify")));
  });
  try {
    await awaitReady(tlsSocket, "secureConnect", deadline);
  } catch (error) {
    if (aborted !== null) return aborted;
    throw error;
  }
  wrapped?.limits.endHandshake();
  const handshakeMs = wrapped?.readMs() ?? null;
  // The type says Error, but Node stores the code there.
  const certificateError = options.verify && !tlsSocket.authorized ? String(tlsSocket.authorizationError) : null;
  return (
    aborted ?? {
      socket: tlsSocket,
      certificateError,
      certificate: certificateOf(tlsSocket),
      isComplete: true,
      isWasteful: traffic.recordHandshake(targetKey, socket.bytesRead, handshakeMs),
    }
  );
}

function wrapSocket(
  socket: Socket,
  { targetKey, traffic }: TlsHandshakeOptions,
): SocketStream & { readonly limits: TlsRecordLimits } {
  const limits = new TlsRecordLimits(traffic.handshakeMaxBytes(targetKey));
  const stream = createSocketStream(
    socket,
    (chunk) => {
      const exceeded = limits.check(chunk);
      return exceeded === null ? null : traffic.markCostly(targetKey, exceeded);
    },
    traffic.cpuMs,
  );
  return { ...stream, limits };
}

function acceptAnyName(): undefined {
  return undefined;
}

function certificateOf(socket: TLSSocket): X509Certificate | null {
  return socket.getPeerX509Certificate() ?? null;
}

/** The later `authorizationError`, which Node sets only after the client certificate was sent. */
function earlyCertificateError(socket: TLSSocket, options: TlsHandshakeOptions): string | null {
  // Not documented, but used by Node itself; without it no server counts as verified.
  const ssl: unknown = Reflect.get(socket, "ssl");
  const verifyError: unknown = typeof ssl === "object" && ssl !== null ? Reflect.get(ssl, "verifyError") : null;
  if (typeof verifyError !== "function") return "CERTIFICATE_CANNOT_BE_VERIFIED_IN_TIME";
  const chainError: unknown = verifyError.call(ssl);
  if (chainError !== null && chainError !== undefined) return errorCode(chainError);
  const nameError = checkServerIdentity(options.serverName ?? options.host, socket.getPeerCertificate());
  return nameError === undefined ? null : errorCode(nameError);
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
