import { isIPv6 } from "node:net";
import type { HttpProbe, Target } from "../contract/target.ts";
import { readAnswer, statusFits } from "./answer.ts";
import { endWith, endWithError, endWithFailure, newAttempt } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { bearerFor, readBearer } from "./credentials.ts";
import type { Bearer } from "./credentials.ts";
import { orAborted, startDeadline } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { dial, secure } from "./dial.ts";
import type { Ending } from "./ending.ts";
import { exchange } from "./exchange.ts";
import type { HttpExchange } from "./exchange.ts";
import { certificateFailure } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { saysTlsPort } from "./learnt-https.ts";
import type { ProbeTools } from "./probe-tools.ts";
import type { Trust } from "./secure-contexts.ts";
import { withoutSecret } from "./shown-text.ts";

type Scheme = HttpProbe["scheme"];

/**
 * Asks a target over HTTP or HTTPS on a connection of its own, as HAProxy's check does, so that a dead listener or
 * an expired certificate is seen. A guessed target that says it speaks TLS is asked again by https, within the same
 * deadline, and from then on. Never rejects.
 */
export async function probeHttp(target: Target, tools: ProbeTools, cancelled: AbortSignal): Promise<Ending> {
  using deadline = startDeadline(tools.clock, target.timeoutMs, cancelled);
  const mayLearn = target.guessed && target.probe.scheme === "http";
  const learnt = mayLearn && tools.learnt.has(target.key);
  const ending = await ask(target, learnt ? "https" : target.probe.scheme, tools, deadline);
  if (!mayLearn || ending.kind !== "finding") return ending;
  const { fault, httpStatus, body } = ending.finding;
  if (learnt) {
    // It may have gone back to plain HTTP: the next probe finds out.
    if (fault === "probe-tls-failed") tools.learnt.unlearn(target.key);
    return ending;
  }
  if (!saysTlsPort(httpStatus, body)) return ending;
  tools.learnt.learn(target.key);
  return ask(target, "https", tools, deadline);
}

async function ask(target: Target, scheme: Scheme, tools: ProbeTools, deadline: Deadline): Promise<Ending> {
  const overTls = scheme === "https";
  const attempt = newAttempt(tools.clock, deadline, urlOf(target, scheme), overTls, target.timeoutMs);
  try {
    const trust = overTls ? tools.contexts.trustOf(target.probe.tls) : null;
    const secret = readBearer(target.credentials, tools.files);
    const files = await orAborted(Promise.all([trust, secret]), deadline.signal);
    attempt.sentAt = tools.clock.now();
    return await converse(attempt, target, tools, ...files);
  } catch (error) {
    return endWithError(attempt, error);
  } finally {
    attempt.socket?.destroy();
  }
}

/** The way of a probe that meets no error: connect, TLS, answer. */
async function converse(
  attempt: Attempt,
  target: Target,
  tools: ProbeTools,
  trust: Trust | null,
  secret: Bearer,
): Promise<Ending> {
  if (trust?.kind === "unknown") return endWithFailure(attempt, untrusted(trust.detail));
  const { clock, deadline, phases } = attempt;
  const connectAt = clock.now();
  attempt.socket = await dial(target.host, target.port, deadline);
  const connectedAt = clock.now();
  phases.connect = connectedAt - connectAt;

  let verifiedByOwnCa = false;
  if (trust !== null) {
    attempt.stage = "tls";
    const { caFile, serverName, verify } = target.probe.tls;
    const peer = { context: trust.context, host: target.host, serverName, verify };
    const socket = await secure(attempt.socket, peer, deadline);
    attempt.socket = socket;
    phases.tls = clock.now() - connectedAt;
    const certificate = socket.getPeerX509Certificate();
    attempt.certificateExpiresAt = certificate?.validToDate.getTime() ?? null;
    if (verify && !socket.authorized) {
      // Its type says Error, but Node keeps the code there.
      const code = String(socket.authorizationError);
      return endWithFailure(attempt, certificateFailure(code, certificate?.subjectAltName ?? ""));
    }
    verifiedByOwnCa = verify && caFile !== null;
  }

  attempt.stage = "answer";
  const askedAt = clock.now();
  const bearer = bearerFor(target.credentials, secret, verifiedByOwnCa);
  if (bearer.withheld !== null) tools.onCredentialsWithheld(target, bearer.withheld);
  const { method, path } = target.probe;
  const exchanged = await exchange(
    attempt.socket,
    { method, path, headers: headersOf(target.probe, bearer) },
    deadline,
  );
  if (exchanged.cut === null) phases.answer = clock.now() - askedAt;
  return endWithAnswer(attempt, target.probe, exchanged, bearer);
}

/**
 * Reads an answer. One that was cut short proves its status all the same: where the status alone is wrong, that is
 * the finding, and else the cut is.
 */
function endWithAnswer(attempt: Attempt, probe: HttpProbe, { answer, cut }: HttpExchange, bearer: Bearer): Ending {
  const httpStatus = answer.status;
  const found = readAnswer(probe, {
    ...answer,
    statusText: withoutSecret(answer.statusText, bearer.token),
    location: withoutSecret(answer.location, bearer.token),
    body: withoutSecret(answer.body, bearer.token),
  });
  if (cut !== null && statusFits(probe, httpStatus)) {
    return endWithError(attempt, cut, { httpStatus, body: found.body });
  }
  const withheld = bearer.withheld === null ? "" : `; our credentials were withheld: ${bearer.withheld}`;
  const detail = found.outcome === "denied" ? `${found.detail}${withheld}` : found.detail;
  return endWith(attempt, { ...found, detail, kind: "answered", stage: "answer", httpStatus });
}

/** Without a readable ca-file nothing can be said of the certificate, so the server is not even called. */
function untrusted(detail: string): Failure {
  return { kind: "tls-failed", stage: "tls", fault: "probe-untrusted", detail };
}

/** The rule's own headers win over ours, its token over both. */
function headersOf(probe: HttpProbe, bearer: Bearer): ReadonlyMap<string, string> {
  const headers = new Map([
    ["host", probe.hostHeader],
    ["user-agent", "haprobe"],
    ["accept", "*/*"],
  ]);
  for (const [name, value] of Object.entries(probe.headers)) headers.set(name.toLowerCase(), value);
  if (bearer.token !== null) headers.set("authorization", `Bearer ${bearer.token}`);
  return headers;
}

function urlOf(target: Target, scheme: Scheme): string {
  const host = isIPv6(target.host) ? `[${target.host}]` : target.host;
  return `${scheme}://${host}:${target.port}${target.probe.path}`;
}
