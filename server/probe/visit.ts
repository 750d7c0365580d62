import type { Target, TlsProfile } from "../contract/target.ts";
import { endWithError, endWithFailure, newAttempt } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { NO_SECRETS, readSecrets } from "./credentials.ts";
import type { Secrets } from "./credentials.ts";
import { orEnded } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import type { Ending } from "./ending.ts";
import { openLine, secretsOver } from "./line.ts";
import type { Line, TlsWay } from "./line.ts";
import type { ProbeTools } from "./probe-tools.ts";

/** What differs from prober to prober in going to a server once. */
export interface Visit {
  readonly target: Target;
  /** For people. */
  readonly url: string;
  /** Null: no TLS. */
  readonly tls: TlsProfile | null;
  /** Protocols for ALPN, most wanted first. */
  readonly protocols: readonly string[];
  /** A connection that an earlier probe left open will do. */
  readonly mayReuse: boolean;
  /** Speaks over the line, with the secrets that may go over it. May reject with what sockets reject with. */
  readonly talk: (attempt: Attempt, line: Line, secrets: Secrets) => Promise<Ending>;
}

/**
 * Goes to the server and back within the deadline, and leaves no socket behind but one that `talk` has put by. A
 * kept connection that turns out to be dead is no failure: the server is visited at once by a fresh one. Never rejects.
 */
export async function goTo(visit: Visit, tools: ProbeTools, deadline: Deadline): Promise<Ending> {
  const { target, url, tls } = visit;
  const attempt = newAttempt(tools.clock, deadline, url, tls !== null, target.timeoutMs);
  try {
    if (deadline.ended) return endWithError(attempt, null);
    const needsFiles = tls !== null || target.credentials !== null;
    const ready = needsFiles ? await orEnded(prepare(visit, tools), deadline) : READY;
    attempt.sentAt = tools.clock.now();
    if (ready.kind === "untrusted") {
      // Without a readable ca-file nothing can be said of the certificate, so the server is not even called.
      const { detail } = ready;
      return endWithFailure(attempt, { kind: "tls-failed", stage: "tls", fault: "probe-untrusted", detail });
    }
    const kept = visit.mayReuse ? tools.lines.take(target, ready.tls?.context ?? null) : null;
    const ending = kept === null ? null : await talkOver(kept, attempt, visit, ready.secrets);
    if (ending !== null) return ending;
    // What the dead connection cost is part of the fresh one's time: the deadline is one.
    const opened = await openLine(attempt, target, ready.tls, ready.secrets);
    if (opened.kind === "ended") return opened.ending;
    attempt.stage = "answer";
    return await visit.talk(attempt, opened.line, secretsOver(opened.line, attempt, target, ready.secrets));
  } catch (error) {
    return endWithError(attempt, error);
  } finally {
    attempt.socket?.destroy();
  }
}

type Ready =
  | { readonly kind: "ready"; readonly tls: TlsWay | null; readonly secrets: Secrets }
  | { readonly kind: "untrusted"; readonly detail: string };

/** Where nothing is needed from files. */
const READY: Ready = { kind: "ready", tls: null, secrets: NO_SECRETS };

/** Reads what the visit needs from files. */
async function prepare({ target, tls, protocols }: Visit, tools: ProbeTools): Promise<Ready> {
  const secrets = await readSecrets(target.credentials, tools);
  if (tls === null) return { kind: "ready", tls, secrets };
  const canBeVerified = tls.verify && tls.caFile !== null;
  const mayShow = target.credentials?.sendTo === "allowed-address" || canBeVerified;
  const shown = mayShow ? secrets.pair : null;
  const trust = await tools.contexts.trustOf(tls, shown);
  if (trust.kind === "unknown") return { kind: "untrusted", detail: trust.detail };
  return {
    kind: "ready",
    tls: { profile: tls, context: trust.context, protocols },
    secrets: { ...secrets, pair: shown },
  };
}

/** Null where the connection was dead: closed meanwhile, or not fit to be spoken on any more. */
async function talkOver(line: Line, attempt: Attempt, visit: Visit, secrets: Secrets): Promise<Ending | null> {
  attempt.socket = line.socket;
  attempt.stage = "answer";
  attempt.certificateExpiresAt = line.certificateExpiresAt;
  try {
    return await visit.talk(attempt, line, secretsOver(line, attempt, visit.target, secrets));
  } catch (error) {
    if (attempt.deadline.ended) throw error;
    line.socket.destroy();
    attempt.socket = null;
    attempt.stage = "connect";
    attempt.certificateExpiresAt = null;
    attempt.sentAt = attempt.clock.now();
    return null;
  }
}
