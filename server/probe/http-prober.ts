import type { HttpProbe, Target } from "../contract/target.ts";
import { evaluateResponse, isExpectedStatus } from "./http-response.ts";
import type { HttpResponse, HttpExchange } from "./http-response.ts";
import { completeWith, completeWithError } from "./probe-attempt.ts";
import type { ProbeAttempt } from "./probe-attempt.ts";
import type { Credentials } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import { exchangeHttp } from "./http-exchange.ts";
import { buildHttpRequest } from "./http-request.ts";
import { isTlsPortError } from "./detected-https.ts";
import { readerOf } from "./connection.ts";
import type { Connection } from "./connection.ts";
import type { ProbeResources } from "./probe-resources.ts";
import { probeUrl } from "./probe-url.ts";
import { redactSecrets } from "./untrusted-text.ts";
import { runProbe } from "./probe-run.ts";

/**
 * Asks a target over HTTP or HTTPS, on a connection of its own unless the rule says otherwise: as HAProxy's check
 * does, so that a dead listener or an expired certificate is seen. A guessed target that says it speaks TLS is asked
 * again by https, within the same deadline, and from then on. Never rejects.
 */
export function probeHttp(
  target: Target,
  probe: HttpProbe,
  tools: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const mayLearn = target.guessed && probe.scheme === "http";
  return mayLearn ? probeDetectingHttps(target, probe, tools, deadline) : probeOnce(target, probe, tools, deadline);
}

async function probeDetectingHttps(
  target: Target,
  probe: HttpProbe,
  tools: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const learnt = tools.detectedHttps.has(target.key);
  const ending = await probeOnce(target, learnt ? toHttps(probe) : probe, tools, deadline);
  if (ending.kind !== "finding") return ending;
  const { fault, httpStatus, body } = ending.result;
  if (learnt) {
    // It may have gone back to plain HTTP: the next probe finds out.
    if (fault === "probe-tls-failed") tools.detectedHttps.delete(target.key);
    return ending;
  }
  if (!isTlsPortError(httpStatus, body)) return ending;
  tools.detectedHttps.add(target.key);
  return probeOnce(target, toHttps(probe), tools, deadline);
}

/** The same object each time, for what is remembered of it. */
const httpsVariants = new WeakMap<HttpProbe, HttpProbe>();

function toHttps(probe: HttpProbe): HttpProbe {
  const tls = httpsVariants.get(probe) ?? { ...probe, scheme: "https" };
  httpsVariants.set(probe, tls);
  return tls;
}

/** Methods that may be sent once more where a kept connection turns out to be dead. */
const REPEATABLE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

function probeOnce(
  target: Target,
  probe: HttpProbe,
  tools: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const keeps = REPEATABLE_METHODS.has(probe.method) && tools.pool.isPoolable(target);
  const talk = (attempt: ProbeAttempt, line: Connection, secrets: Credentials): Promise<ProbeCompletion> => {
    const askedAt = tools.clock.now();
    const question = buildHttpRequest(probe, secrets.authorization, keeps);
    return exchangeHttp(readerOf(line), question, deadline, (exchanged) => {
      if (exchanged.readError === null) attempt.phases.answer = tools.clock.now() - askedAt;
      const ending = completeWithResponse(attempt, probe, exchanged, secrets);
      // After anything else than a pass the next probe looks with a fresh connection.
      if (exchanged.isReusable && ending.kind === "finding" && ending.result.outcome === "passed") {
        attempt.socket = null;
        tools.pool.release(target, line);
      } else line.socket.destroy();
      return ending;
    });
  };
  const tls = probe.scheme === "https" ? probe.tls : null;
  return runProbe(
    { target, url: urlOf(target, probe), tls, alpnProtocols: [], allowReuse: keeps, exchange: talk },
    tools,
    deadline,
  );
}

/** Where each target was asked last: nearly always the next time, too. */
const urlCache = new WeakMap<HttpProbe, { readonly target: Target; readonly url: string }>();

function urlOf(target: Target, probe: HttpProbe): string {
  const known = urlCache.get(probe);
  if (known?.target === target) return known.url;
  const url = probeUrl(target, probe.scheme, probe.path);
  urlCache.set(probe, { target, url });
  return url;
}

/**
 * Reads an answer. One that was cut short proves its status all the same: where the status alone is wrong, that is
 * the finding, and else the cut is.
 */
function completeWithResponse(
  attempt: ProbeAttempt,
  probe: HttpProbe,
  { response: answer, readError: cut }: HttpExchange,
  secrets: Credentials,
): ProbeCompletion {
  const httpStatus = answer.status;
  const found = evaluateResponse(probe, secrets.redact.length === 0 ? answer : redactResponse(answer, secrets.redact));
  if (cut !== null && isExpectedStatus(probe, httpStatus)) {
    return completeWithError(attempt, cut, { httpStatus, body: found.body });
  }
  return completeWith(attempt, { ...found, kind: "answered", stage: "answer", httpStatus });
}

function redactResponse(answer: HttpResponse, secrets: readonly string[]): HttpResponse {
  return {
    ...answer,
    statusText: redactSecrets(answer.statusText, secrets),
    location: redactSecrets(answer.location, secrets),
    body: redactSecrets(answer.body, secrets),
  };
}
