import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { Target, TlsProfile } from "../contract/target.ts";
import { completeWithFailure, type ProbeAttempt } from "./probe-attempt.ts";
import { type Credentials, permittedCredentials } from "./credentials.ts";
import { dial, dialReader } from "./dial.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import { certificateFailure } from "./probe-failure.ts";
import { performTlsHandshake } from "./tls-handshake.ts";
import { buildProxyHeader } from "./proxy-header.ts";
import { SocketReader } from "./socket-reader.ts";
import type { TlsTraffic } from "./tls-traffic.ts";

/** An open connection to a server, with TLS done. */
export interface Connection {
  readonly socket: Socket;
  /** Reader attached on first HTTP use. */
  reader: SocketReader | null;
  /** Trust and client certificate of its handshake; null without TLS. */
  readonly secureContext: SecureContext | null;
  /** The server's certificate verified by the rule's own `ca-file`. */
  readonly isVerifiedByRuleCa: boolean;
  readonly certificateExpiresAt: number | null;
  /** Protocol negotiated by ALPN; null for none. */
  readonly alpnProtocol: string | null;
  /** Monotonic milliseconds. */
  readonly openedAt: number;
  /** Monotonic milliseconds after which the pool drops it; 0 until the pool has held it once. */
  reusableUntil: number;
}

/** How to make the TLS handshake. */
export interface TlsConnectOptions {
  readonly profile: TlsProfile;
  readonly secureContext: SecureContext;
  readonly alpnProtocols: readonly string[];
  readonly traffic: TlsTraffic;
}

export type ConnectResult =
  | { readonly kind: "open"; readonly connection: Connection }
  | { readonly kind: "ended"; readonly completion: ProbeCompletion };

/**
 * Connects, sends the PROXY header where the rule wants one, and makes the TLS handshake where there is one. Records
 * stage, phases and socket in the attempt. Rejects with what `dial` and `performTlsHandshake` reject with.
 */
export async function openConnection(
  attempt: ProbeAttempt,
  target: Target,
  tls: TlsConnectOptions | null,
  credentials: Credentials,
): Promise<ConnectResult> {
  const { clock, deadline, phases } = attempt;
  const openedAt = clock.now();
  const { host, port, socketPath } = target;
  const endpoint = socketPath === null ? { host, port } : { path: socketPath };
  const reader = tls === null && target.probe.type === "http" ? await dialReader(endpoint, deadline) : null;
  const socket = reader?.socket ?? (await dial(endpoint, deadline));
  attempt.socket = socket;
  const connectedAt = clock.now();
  phases.connect = connectedAt - openedAt;
  if (target.proxyProtocol !== null) socket.write(buildProxyHeader(target.proxyProtocol, socket));
  const connection: Connection = {
    socket: socket,
    reader: reader,
    secureContext: null,
    isVerifiedByRuleCa: false,
    certificateExpiresAt: null,
    alpnProtocol: null,
    openedAt,
    reusableUntil: 0,
  };
  if (tls === null) return { kind: "open", connection };

  attempt.stage = "tls";
  const { serverName, verify, caFile } = tls.profile;
  const handshake = await performTlsHandshake(
    socket,
    {
      context: tls.secureContext,
      host,
      serverName,
      verify,
      requireVerifiedForCertificate: credentials.keyPair !== null && target.credentials?.sendTo === "verified-peer",
      alpnProtocols: tls.alpnProtocols,
      targetKey: target.key,
      traffic: tls.traffic,
    },
    deadline,
  );
  attempt.socket = handshake.socket;
  if (handshake.isWasteful) attempt.isWasteful = true;
  attempt.certificateExpiresAt = expiryOf(handshake.certificate);
  if (handshake.isComplete) phases.tls = clock.now() - connectedAt;
  if (handshake.certificateError !== null) {
    const failure = certificateFailure(handshake.certificateError, handshake.certificate?.subjectAltName ?? "");
    return { kind: "ended", completion: completeWithFailure(attempt, failure) };
  }
  return {
    kind: "open",
    connection: {
      ...connection,
      socket: handshake.socket,
      reader: null,
      secureContext: tls.secureContext,
      isVerifiedByRuleCa: verify && caFile !== null,
      certificateExpiresAt: attempt.certificateExpiresAt,
      alpnProtocol: handshake.socket.alpnProtocol || null,
    },
  };
}

/** Wall-clock milliseconds; null where a certificate's date cannot be read, such as month 13: `validToDate` is random memory then. */
function expiryOf(certificate: X509Certificate | null): number | null {
  const time = Date.parse(certificate?.validTo ?? "");
  return Number.isNaN(time) ? null : time;
}

/** The connection's reader, created on first use; from then on it is the only listener of the socket. */
export function readerOf(connection: Connection): SocketReader {
  connection.reader ??= new SocketReader(connection.socket);
  return connection.reader;
}

/** The credentials that may be sent on this connection; records in the attempt what was withheld. */
export function applyCredentialsPolicy(
  connection: Connection,
  attempt: ProbeAttempt,
  target: Target,
  credentials: Credentials,
): Credentials {
  const permitted = permittedCredentials(target.credentials, credentials, connection.isVerifiedByRuleCa);
  attempt.withheld = permitted.withheld;
  return permitted;
}
