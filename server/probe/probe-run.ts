import type { Target, TlsProfile } from "../contract/target.ts";
import { completeWithError, completeWithFailure, newProbeAttempt } from "./probe-attempt.ts";
import type { ProbeAttempt } from "./probe-attempt.ts";
import { credentialFiles, NO_CREDENTIALS, readCredentials } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { withDeadline } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import { openConnection, applyCredentialsPolicy } from "./connection.ts";
import type { Connection, TlsConnectOptions } from "./connection.ts";
import type { ProbeResources } from "./probe-resources.ts";

/** What differs from prober to prober in going to a server once. */
export interface ProbeRun {
  readonly target: Target;
  /** For people. */
  readonly url: string;
  /** Null: no TLS. */
  readonly tls: TlsProfile | null;
  /** Protocols for ALPN, most wanted first. */
  readonly alpnProtocols: readonly string[];
  /** A connection that an earlier probe left open will do. */
  readonly allowReuse: boolean;
  /**
   * Speaks over the line, with the secrets that may go over it, and closes it unless it puts it by. May throw, and
   * reject with what sockets reject with; the line is closed then.
   */
  readonly exchange: (attempt: ProbeAttempt, line: Connection, secrets: Credentials) => Promise<ProbeCompletion>;
}

/**
 * Goes to the server and back within the deadline, and leaves no socket behind but one that `talk` has put by. A
 * kept connection that turns out to be dead is no failure: the server is visited at once by a fresh one. Never rejects.
 */
export function runProbe(visit: ProbeRun, tools: ProbeResources, deadline: Deadline): Promise<ProbeCompletion> {
  const { target, url, tls } = visit;
  const attempt = newProbeAttempt(tools.clock, deadline, url, tls !== null, target.timeoutMs);
  if (deadline.ended) return Promise.resolve(completeWithError(attempt, null));
  const stale =
    tls === null && target.credentials === null
      ? []
      : requiredFiles(visit).filter((file) => !tools.files.isFresh(file));
  return stale.length === 0 ? runPrepared(visit, attempt, tools) : refreshFilesAndRun(stale, visit, attempt, tools);
}

/** The files that the visit needs. */
function requiredFiles({ target, tls }: ProbeRun): readonly string[] {
  const secrets = credentialFiles(target.credentials);
  return tls?.verify === true && tls.caFile !== null ? [tls.caFile, ...secrets] : secrets;
}

async function refreshFilesAndRun(
  files: readonly string[],
  visit: ProbeRun,
  attempt: ProbeAttempt,
  tools: ProbeResources,
): Promise<ProbeCompletion> {
  try {
    await withDeadline(Promise.all(files.map((file) => tools.files.refresh(file))), attempt.deadline);
  } catch (error) {
    return completeWithError(attempt, error);
  }
  return runPrepared(visit, attempt, tools);
}

function runPrepared(visit: ProbeRun, attempt: ProbeAttempt, tools: ProbeResources): Promise<ProbeCompletion> {
  const ready = prepare(visit, tools);
  attempt.sentAt = attempt.clock.now();
  if (ready.kind === "untrusted") {
    // Without a readable ca-file nothing can be said of the certificate, so the server is not even called.
    const { detail } = ready;
    const failure = { kind: "tls-failed", stage: "tls", fault: "probe-untrusted", detail } as const;
    return Promise.resolve(completeWithFailure(attempt, failure));
  }
  const kept = visit.allowReuse ? tools.pool.take(visit.target, ready.tls?.secureContext ?? null) : null;
  return kept === null ? runOnNewConnection(visit, attempt, ready) : runOnPooledConnection(kept, visit, attempt, ready);
}

interface Prepared {
  readonly kind: "ready";
  readonly tls: TlsConnectOptions | null;
  readonly credentials: Credentials;
}

/** Where nothing is needed from files. */
const NOTHING_TO_PREPARE: Prepared = { kind: "ready", tls: null, credentials: NO_CREDENTIALS };

/** Puts together what the visit needs, from files as they were when they were looked at last. */
function prepare(
  { target, tls, alpnProtocols: protocols }: ProbeRun,
  tools: ProbeResources,
): Prepared | { readonly kind: "untrusted"; readonly detail: string } {
  if (tls === null && target.credentials === null) return NOTHING_TO_PREPARE;
  const secrets = readCredentials(target.credentials, tools);
  if (tls === null) return { kind: "ready", tls, credentials: secrets };
  const canBeVerified = tls.verify && tls.caFile !== null;
  const mayShow = target.credentials?.sendTo === "allowed-address" || canBeVerified;
  const shown = mayShow ? secrets.keyPair : null;
  const trust = tools.secureContexts.get(tls, shown);
  if (trust.kind === "unknown") return { kind: "untrusted", detail: trust.detail };
  return {
    kind: "ready",
    tls: { profile: tls, secureContext: trust.context, alpnProtocols: protocols },
    credentials: { ...secrets, keyPair: shown },
  };
}

/** The way nearly every probe of a large fleet goes, so without `await`: each one costs as much as a question. */
function runOnPooledConnection(
  line: Connection,
  visit: ProbeRun,
  attempt: ProbeAttempt,
  ready: Prepared,
): Promise<ProbeCompletion> {
  attempt.socket = line.socket;
  attempt.stage = "answer";
  attempt.certificateExpiresAt = line.certificateExpiresAt;
  const failed = (error: unknown): ProbeCompletion | Promise<ProbeCompletion> => {
    line.socket.destroy();
    if (attempt.deadline.ended) return completeWithError(attempt, error);
    // It was dead: closed meanwhile, or not fit to be spoken on any more.
    attempt.socket = null;
    attempt.stage = "connect";
    attempt.certificateExpiresAt = null;
    attempt.sentAt = attempt.clock.now();
    return runOnNewConnection(visit, attempt, ready);
  };
  try {
    return visit
      .exchange(attempt, line, applyCredentialsPolicy(line, attempt, visit.target, ready.credentials))
      .catch(failed);
  } catch (error) {
    line.socket.destroy();
    return Promise.resolve(completeWithError(attempt, error));
  }
}

/** What a dead connection has cost is part of the time: the deadline is one. */
async function runOnNewConnection(visit: ProbeRun, attempt: ProbeAttempt, ready: Prepared): Promise<ProbeCompletion> {
  const { target } = visit;
  try {
    const opened = await openConnection(attempt, target, ready.tls, ready.credentials);
    if (opened.kind === "ended") return opened.completion;
    attempt.stage = "answer";
    return await visit.exchange(
      attempt,
      opened.connection,
      applyCredentialsPolicy(opened.connection, attempt, target, ready.credentials),
    );
  } catch (error) {
    return completeWithError(attempt, error);
  } finally {
    attempt.socket?.destroy();
  }
}
