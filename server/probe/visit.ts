import type { Target, TlsProfile } from "../contract/target.ts";
import { endWithError, endWithFailure, newAttempt } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { filesOfSecrets, NO_SECRETS, readSecrets } from "./credentials.ts";
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
  /**
   * Speaks over the line, with the secrets that may go over it, and closes it unless it puts it by. May throw, and
   * reject with what sockets reject with; the line is closed then.
   */
  readonly talk: (attempt: Attempt, line: Line, secrets: Secrets) => Promise<Ending>;
}

/**
 * Goes to the server and back within the deadline, and leaves no socket behind but one that `talk` has put by. A
 * kept connection that turns out to be dead is no failure: the server is visited at once by a fresh one. Never rejects.
 */
export function goTo(visit: Visit, tools: ProbeTools, deadline: Deadline): Promise<Ending> {
  const { target, url, tls } = visit;
  const attempt = newAttempt(tools.clock, deadline, url, tls !== null, target.timeoutMs);
  if (deadline.ended) return Promise.resolve(endWithError(attempt, null));
  const stale =
    tls === null && target.credentials === null ? [] : filesOf(visit).filter((file) => !tools.files.isFresh(file));
  return stale.length === 0 ? go(visit, attempt, tools) : lookAndGo(stale, visit, attempt, tools);
}

/** The files that the visit needs. */
function filesOf({ target, tls }: Visit): readonly string[] {
  const secrets = filesOfSecrets(target.credentials);
  return tls?.verify === true && tls.caFile !== null ? [tls.caFile, ...secrets] : secrets;
}

async function lookAndGo(files: readonly string[], visit: Visit, attempt: Attempt, tools: ProbeTools): Promise<Ending> {
  try {
    await orEnded(Promise.all(files.map((file) => tools.files.look(file))), attempt.deadline);
  } catch (error) {
    return endWithError(attempt, error);
  }
  return go(visit, attempt, tools);
}

function go(visit: Visit, attempt: Attempt, tools: ProbeTools): Promise<Ending> {
  const ready = prepare(visit, tools);
  attempt.sentAt = attempt.clock.now();
  if (ready.kind === "untrusted") {
    // Without a readable ca-file nothing can be said of the certificate, so the server is not even called.
    const { detail } = ready;
    const failure = { kind: "tls-failed", stage: "tls", fault: "probe-untrusted", detail } as const;
    return Promise.resolve(endWithFailure(attempt, failure));
  }
  const kept = visit.mayReuse ? tools.lines.take(visit.target, ready.tls?.context ?? null) : null;
  return kept === null ? goAfresh(visit, attempt, ready) : goByKept(kept, visit, attempt, ready);
}

interface Prepared {
  readonly kind: "ready";
  readonly tls: TlsWay | null;
  readonly secrets: Secrets;
}

/** Where nothing is needed from files. */
const READY: Prepared = { kind: "ready", tls: null, secrets: NO_SECRETS };

/** Puts together what the visit needs, from files as they were when they were looked at last. */
function prepare(
  { target, tls, protocols }: Visit,
  tools: ProbeTools,
): Prepared | { readonly kind: "untrusted"; readonly detail: string } {
  if (tls === null && target.credentials === null) return READY;
  const secrets = readSecrets(target.credentials, tools);
  if (tls === null) return { kind: "ready", tls, secrets };
  const canBeVerified = tls.verify && tls.caFile !== null;
  const mayShow = target.credentials?.sendTo === "allowed-address" || canBeVerified;
  const shown = mayShow ? secrets.pair : null;
  const trust = tools.contexts.trustOf(tls, shown);
  if (trust.kind === "unknown") return { kind: "untrusted", detail: trust.detail };
  return {
    kind: "ready",
    tls: { profile: tls, context: trust.context, protocols },
    secrets: { ...secrets, pair: shown },
  };
}

/** The way nearly every probe of a large fleet goes, so without `await`: each one costs as much as a question. */
function goByKept(line: Line, visit: Visit, attempt: Attempt, ready: Prepared): Promise<Ending> {
  attempt.socket = line.socket;
  attempt.stage = "answer";
  attempt.certificateExpiresAt = line.certificateExpiresAt;
  const failed = (error: unknown): Ending | Promise<Ending> => {
    line.socket.destroy();
    if (attempt.deadline.ended) return endWithError(attempt, error);
    // It was dead: closed meanwhile, or not fit to be spoken on any more.
    attempt.socket = null;
    attempt.stage = "connect";
    attempt.certificateExpiresAt = null;
    attempt.sentAt = attempt.clock.now();
    return goAfresh(visit, attempt, ready);
  };
  try {
    return visit.talk(attempt, line, secretsOver(line, attempt, visit.target, ready.secrets)).catch(failed);
  } catch (error) {
    line.socket.destroy();
    return Promise.resolve(endWithError(attempt, error));
  }
}

/** What a dead connection has cost is part of the time: the deadline is one. */
async function goAfresh(visit: Visit, attempt: Attempt, ready: Prepared): Promise<Ending> {
  const { target } = visit;
  try {
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
