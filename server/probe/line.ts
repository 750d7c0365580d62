import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { Target, TlsProfile } from "../contract/target.ts";
import { endWithFailure } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { secretsFor } from "./credentials.ts";
import type { Secrets } from "./credentials.ts";
import { dial, dialWire } from "./dial.ts";
import type { Ending } from "./ending.ts";
import { certificateFailure } from "./failure.ts";
import { shakeHands } from "./handshake.ts";
import { proxyHeader } from "./proxy-header.ts";
import { Wire } from "./wire.ts";

/** An open connection to a server, ready to be spoken on. */
export interface Line {
  readonly socket: Socket;
  /** Its ears, once somebody has asked over HTTP. */
  wire: Wire | null;
  /** What its handshake trusted and showed; null without TLS. */
  readonly context: SecureContext | null;
  /** The rule's own `ca-file` vouches for the other side. */
  readonly verifiedByOwnCa: boolean;
  readonly certificateExpiresAt: number | null;
  /** What ALPN agreed upon; null for nothing. */
  readonly protocol: string | null;
  /** Monotonic milliseconds. */
  readonly openedAt: number;
  /** When it is too old to be kept; 0 until it was kept once. */
  keptUntil: number;
}

/** TLS on the way to a server. */
export interface TlsWay {
  readonly profile: TlsProfile;
  readonly context: SecureContext;
  readonly protocols: readonly string[];
}

export type Opened =
  | { readonly kind: "line"; readonly line: Line }
  | { readonly kind: "ended"; readonly ending: Ending };

/**
 * Connects, announces whom we speak for where the rule wants that, and makes the TLS handshake where there is one.
 * The attempt learns its stage, phases and socket. Rejects with what `dial` and `shakeHands` reject with.
 */
export async function openLine(
  attempt: Attempt,
  target: Target,
  tls: TlsWay | null,
  secrets: Secrets,
): Promise<Opened> {
  const { clock, deadline, phases } = attempt;
  const openedAt = clock.now();
  const { host, port, socketPath } = target;
  const door = socketPath === null ? { host, port } : { path: socketPath };
  const wire = tls === null && target.probe.type === "http" ? await dialWire(door, deadline) : null;
  const raw = wire?.socket ?? (await dial(door, deadline));
  attempt.socket = raw;
  const connectedAt = clock.now();
  phases.connect = connectedAt - openedAt;
  if (target.proxyProtocol !== null) raw.write(proxyHeader(target.proxyProtocol, raw));
  const line: Line = {
    socket: raw,
    wire,
    context: null,
    verifiedByOwnCa: false,
    certificateExpiresAt: null,
    protocol: null,
    openedAt,
    keptUntil: 0,
  };
  if (tls === null) return { kind: "line", line };

  attempt.stage = "tls";
  const { serverName, verify, caFile } = tls.profile;
  const shaken = await shakeHands(
    raw,
    {
      context: tls.context,
      host,
      serverName,
      verify,
      showOnlyToVerified: secrets.pair !== null && target.credentials?.sendTo === "verified-peer",
      protocols: tls.protocols,
    },
    deadline,
  );
  attempt.socket = shaken.socket;
  attempt.certificateExpiresAt = shaken.certificate?.validToDate.getTime() ?? null;
  if (shaken.finished) phases.tls = clock.now() - connectedAt;
  if (shaken.problem !== null) {
    const failure = certificateFailure(shaken.problem, shaken.certificate?.subjectAltName ?? "");
    return { kind: "ended", ending: endWithFailure(attempt, failure) };
  }
  return {
    kind: "line",
    line: {
      ...line,
      socket: shaken.socket,
      wire: null,
      context: tls.context,
      verifiedByOwnCa: verify && caFile !== null,
      certificateExpiresAt: attempt.certificateExpiresAt,
      protocol: shaken.socket.alpnProtocol || null,
    },
  };
}

/** Hears the line; nobody else may listen to its socket from then on. */
export function wireOf(line: Line): Wire {
  line.wire ??= new Wire(line.socket);
  return line.wire;
}

/** What of the secrets may go over this line; the attempt remembers what was withheld. */
export function secretsOver(line: Line, attempt: Attempt, target: Target, secrets: Secrets): Secrets {
  const sent = secretsFor(target.credentials, secrets, line.verifiedByOwnCa);
  attempt.withheld = sent.withheld;
  return sent;
}
