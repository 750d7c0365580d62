import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { Target, TlsProfile } from "../contract/target.ts";
import { completeWithFailure } from "./probe-attempt.ts";
import type { ProbeAttempt } from "./probe-attempt.ts";
import { permittedCredentials } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { dial, dialReader } from "./dial.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import { certificateFailure } from "./probe-failure.ts";
import { performTlsHandshake } from "./tls-handshake.ts";
import { buildProxyHeader } from "./proxy-header.ts";
import { SocketReader } from "./socket-reader.ts";

/** An open connection to a server, ready to be spoken on. */
export interface Connection {
  readonly socket: Socket;
  /** Its ears, once somebody has asked over HTTP. */
  reader: SocketReader | null;
  /** What its handshake trusted and showed; null without TLS. */
  readonly secureContext: SecureContext | null;
  /** The rule's own `ca-file` vouches for the other side. */
  readonly isVerifiedByRuleCa: boolean;
  readonly certificateExpiresAt: number | null;
  /** What ALPN agreed upon; null for nothing. */
  readonly alpnProtocol: string | null;
  /** Monotonic milliseconds. */
  readonly openedAt: number;
  /** When it is too old to be kept; 0 until it was kept once. */
  reusableUntil: number;
}

/** TLS on the way to a server. */
export interface TlsConnectOptions {
  readonly profile: TlsProfile;
  readonly secureContext: SecureContext;
  readonly alpnProtocols: readonly string[];
}

export type ConnectResult =
  | { readonly kind: "line"; readonly connection: Connection }
  | { readonly kind: "ended"; readonly completion: ProbeCompletion };

/**
 * Connects, announces whom we speak for where the rule wants that, and makes the TLS handshake where there is one.
 * The attempt learns its stage, phases and socket. Rejects with what `dial` and `shakeHands` reject with.
 */
export async function openConnection(
  attempt: ProbeAttempt,
  target: Target,
  tls: TlsConnectOptions | null,
  secrets: Credentials,
): Promise<ConnectResult> {
  const { clock, deadline, phases } = attempt;
  const openedAt = clock.now();
  const { host, port, socketPath } = target;
  const door = socketPath === null ? { host, port } : { path: socketPath };
  const wire = tls === null && target.probe.type === "http" ? await dialReader(door, deadline) : null;
  const raw = wire?.socket ?? (await dial(door, deadline));
  attempt.socket = raw;
  const connectedAt = clock.now();
  phases.connect = connectedAt - openedAt;
  if (target.proxyProtocol !== null) raw.write(buildProxyHeader(target.proxyProtocol, raw));
  const line: Connection = {
    socket: raw,
    reader: wire,
    secureContext: null,
    isVerifiedByRuleCa: false,
    certificateExpiresAt: null,
    alpnProtocol: null,
    openedAt,
    reusableUntil: 0,
  };
  if (tls === null) return { kind: "line", connection: line };

  attempt.stage = "tls";
  const { serverName, verify, caFile } = tls.profile;
  const shaken = await performTlsHandshake(
    raw,
    {
      context: tls.secureContext,
      host,
      serverName,
      verify,
      requireVerifiedForCertificate: secrets.keyPair !== null && target.credentials?.sendTo === "verified-peer",
      alpnProtocols: tls.alpnProtocols,
    },
    deadline,
  );
  attempt.socket = shaken.socket;
  attempt.certificateExpiresAt = shaken.certificate?.validToDate.getTime() ?? null;
  if (shaken.isComplete) phases.tls = clock.now() - connectedAt;
  if (shaken.certificateError !== null) {
    const failure = certificateFailure(shaken.certificateError, shaken.certificate?.subjectAltName ?? "");
    return { kind: "ended", completion: completeWithFailure(attempt, failure) };
  }
  return {
    kind: "line",
    connection: {
      ...line,
      socket: shaken.socket,
      reader: null,
      secureContext: tls.secureContext,
      isVerifiedByRuleCa: verify && caFile !== null,
      certificateExpiresAt: attempt.certificateExpiresAt,
      alpnProtocol: shaken.socket.alpnProtocol || null,
    },
  };
}

/** Hears the line; nobody else may listen to its socket from then on. */
export function readerOf(line: Connection): SocketReader {
  line.reader ??= new SocketReader(line.socket);
  return line.reader;
}

/** What of the secrets may go over this line; the attempt remembers what was withheld. */
export function applyCredentialsPolicy(
  line: Connection,
  attempt: ProbeAttempt,
  target: Target,
  secrets: Credentials,
): Credentials {
  const sent = permittedCredentials(target.credentials, secrets, line.isVerifiedByRuleCa);
  attempt.withheld = sent.withheld;
  return sent;
}
