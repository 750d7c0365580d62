import type { Target, TlsProfile } from "../contract/target.ts";
import { completeWithError, completeWithFailure, newProbeAttempt, type ProbeAttempt } from "./probe-attempt.ts";
import { credentialFiles, type Credentials, NO_CREDENTIALS, readCredentials } from "./credentials.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import { applyCredentialsPolicy, type Connection, openConnection, type TlsConnectOptions } from "./connection.ts";
import type { ProbeResources } from "./probe-resources.ts";

/** One probe of a target, as its prober defines it. */
export interface ProbeRun {
  readonly target: Target;
  /** Shown to the operator. */
  readonly url: string;
  /** Null: no TLS. */
  readonly tls: TlsProfile | null;
  /** Protocols for ALPN, in order of preference. */
  readonly alpnProtocols: readonly string[];
  /** A connection of an earlier probe may be used. */
  readonly allowReuse: boolean;
  /** Returns the run that replaces this one after such an error of a fresh connection; null: none does. */
  readonly retryRun?: (error: unknown) => ProbeRun | null;
  /**
   * Uses the connection, with the credentials that may be sent on it, and closes it or releases it to the pool. May
   * throw, and rejects with the socket's error; the connection is closed then.
   */
  readonly exchange: (
    attempt: ProbeAttempt,
    connection: Connection,
    credentials: Credentials,
  ) => Promise<ProbeCompletion>;
}

/**
 * Runs one probe within the deadline and closes its socket unless `exchange` has released it to the pool. A pooled
 * connection that turns out to be dead is no failure: the probe is repeated at once on a fresh one. Never rejects.
 */
export function runProbe(run: ProbeRun, resources: ProbeResources, deadline: Deadline): Promise<ProbeCompletion> {
  const { target, url, tls } = run;
  const attempt = newProbeAttempt(resources.clock, deadline, url, tls !== null, target.timeoutMs);
  if (deadline.ended) return Promise.resolve(completeWithError(attempt, null));
  const stale =
    tls === null && target.credentials === null
      ? []
      : requiredFiles(run).filter((file) => !resources.files.isFresh(file));
  return stale.length === 0 ? runPrepared(run, attempt, resources) : refreshFilesAndRun(stale, run, attempt, resources);
}

/** The files whose content the probe needs. */
function requiredFiles({ target, tls }: ProbeRun): readonly string[] {
  const credentials = credentialFiles(target.credentials);
  return tls?.verify === true && tls.caFile !== null ? [tls.caFile, ...credentials] : credentials;
}

async function refreshFilesAndRun(
  files: readonly string[],
  run: ProbeRun,
  attempt: ProbeAttempt,
  resources: ProbeResources,
): Promise<ProbeCompletion> {
  try {
    await withDeadline(Promise.all(files.map((file) => resources.files.refresh(file))), attempt.deadline);
  } catch (error) {
    return completeWithError(attempt, error);
  }
  return runPrepared(run, attempt, resources);
}

function runPrepared(run: ProbeRun, attempt: ProbeAttempt, resources: ProbeResources): Promise<ProbeCompletion> {
  const prepared = prepare(run, resources);
  attempt.sentAt = attempt.clock.now();
  if (prepared.kind === "untrusted") {
    // Without a readable ca-file the certificate cannot be verified, so no connection is opened.
    const { detail } = prepared;
    const failure = { kind: "tls-failed", stage: "tls", fault: "probe-untrusted", detail } as const;
    return Promise.resolve(completeWithFailure(attempt, failure));
  }
  const pooled = run.allowReuse ? resources.pool.take(run.target, prepared.tls?.secureContext ?? null) : null;
  return pooled === null
    ? runOnNewConnection(run, attempt, prepared, resources)
    : runOnPooledConnection(pooled, run, attempt, prepared, resources);
}

interface Prepared {
  readonly kind: "ready";
  readonly tls: TlsConnectOptions | null;
  readonly credentials: Credentials;
}

/** Without TLS and credentials no file is needed. */
const NOTHING_TO_PREPARE: Prepared = { kind: "ready", tls: null, credentials: NO_CREDENTIALS };

/** Builds TLS options and credentials from the cached files. */
function prepare(
  { target, tls, alpnProtocols: protocols }: ProbeRun,
  resources: ProbeResources,
): Prepared | { readonly kind: "untrusted"; readonly detail: string } {
  if (tls === null && target.credentials === null) return NOTHING_TO_PREPARE;
  const credentials = readCredentials(target.credentials, resources);
  if (tls === null) return { kind: "ready", tls, credentials };
  const canBeVerified = tls.verify && tls.caFile !== null;
  const maySendKeyPair = target.credentials?.sendTo === "allowed-address" || canBeVerified;
  const keyPair = maySendKeyPair ? credentials.keyPair : null;
  const result = resources.secureContexts.get(tls, keyPair);
  if (result.kind === "unknown") return { kind: "untrusted", detail: result.detail };
  return {
    kind: "ready",
    tls: { profile: tls, secureContext: result.context, alpnProtocols: protocols, traffic: resources.tlsTraffic },
    credentials: { ...credentials, keyPair },
  };
}

/** Hot path of a large fleet, so without `await`: each one costs as much as a request. */
function runOnPooledConnection(
  connection: Connection,
  run: ProbeRun,
  attempt: ProbeAttempt,
  prepared: Prepared,
  resources: ProbeResources,
): Promise<ProbeCompletion> {
  attempt.socket = connection.socket;
  attempt.stage = "answer";
  attempt.certificateExpiresAt = connection.certificateExpiresAt;
  const failed = (error: unknown): ProbeCompletion | Promise<ProbeCompletion> => {
    connection.socket.destroy();
    if (attempt.deadline.ended) return completeWithError(attempt, error);
    // The pooled connection was closed by the server or is otherwise unusable.
    attempt.socket = null;
    attempt.stage = "connect";
    attempt.certificateExpiresAt = null;
    attempt.sentAt = attempt.clock.now();
    return runOnNewConnection(run, attempt, prepared, resources);
  };
  try {
    return run
      .exchange(attempt, connection, applyCredentialsPolicy(connection, attempt, run.target, prepared.credentials))
      .catch(failed);
  } catch (error) {
    connection.socket.destroy();
    return Promise.resolve(completeWithError(attempt, error));
  }
}

/** The deadline includes the time that a dead pooled connection has taken. */
async function runOnNewConnection(
  run: ProbeRun,
  attempt: ProbeAttempt,
  prepared: Prepared,
  resources: ProbeResources,
): Promise<ProbeCompletion> {
  const { target } = run;
  try {
    const opened = await openConnection(attempt, target, prepared.tls, prepared.credentials);
    if (opened.kind === "ended") return opened.completion;
    attempt.stage = "answer";
    return await run.exchange(
      attempt,
      opened.connection,
      applyCredentialsPolicy(opened.connection, attempt, target, prepared.credentials),
    );
  } catch (error) {
    const retry = attempt.deadline.ended ? null : (run.retryRun?.(error) ?? null);
    return retry === null ? completeWithError(attempt, error) : await runProbe(retry, resources, attempt.deadline);
  } finally {
    attempt.socket?.destroy();
  }
}
