import { BOUNDS } from "../bounds.ts";
import type { HttpProbe, Target } from "../contract/target.ts";
import { evaluateResponse, type HttpExchange, isExpectedStatus } from "./http-response.ts";
import { decodeResponse } from "./decode-response.ts";
import { completeWith, completeWithError, completeWithFailure, type ProbeAttempt } from "./probe-attempt.ts";
import type { Credentials } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import { exchangeHttp } from "./http-exchange.ts";
import { buildHttp2Request, buildHttpRequest } from "./http-request.ts";
import { isTlsPortError } from "./detected-targets.ts";
import { type Connection, readerOf } from "./connection.ts";
import type { ProbeResources } from "./probe-resources.ts";
import { isLimitError } from "./parser-error.ts";
import { isHttp2Only, NO_HTTP2 } from "./probe-failure.ts";
import { probeUrl } from "./probe-url.ts";
import { ruleSecretForms, sortForms } from "./redaction.ts";
import { type ProbeRun, runProbe } from "./probe-run.ts";
import { isWebSocketProbe } from "./websocket-upgrade.ts";

/**
 * Probes a target over HTTP or HTTPS, on a fresh connection unless the rule says otherwise: as HAProxy's check does, so
 * that a dead listener or an expired certificate is detected. A guessed target whose response says that the port uses
 * TLS is probed again over https, within the same deadline, and from then on. Never rejects.
 */
export function probeHttp(
  target: Target,
  probe: HttpProbe,
  resources: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const detectsHttps = target.guessed && probe.scheme === "http";
  return detectsHttps
    ? probeDetectingHttps(target, probe, resources, deadline)
    : probeOnce(target, probe, resources, deadline);
}

async function probeDetectingHttps(
  target: Target,
  probe: HttpProbe,
  resources: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const detected = resources.detectedHttps.has(target.key);
  const completion = await probeOnce(target, detected ? toHttps(probe) : probe, resources, deadline);
  if (completion.kind !== "result") return completion;
  const { fault, httpStatus, body } = completion.result;
  if (detected) {
    // It may use plain HTTP again: the next probe tries that first.
    if (fault === "probe-tls-failed") resources.detectedHttps.delete(target.key);
    return completion;
  }
  if (!isTlsPortError(httpStatus, body)) return completion;
  resources.detectedHttps.add(target.key);
  return probeOnce(target, toHttps(probe), resources, deadline);
}

/** One variant per probe, because caches are keyed by the object. */
const httpsVariants = new WeakMap<HttpProbe, HttpProbe>();

function toHttps(probe: HttpProbe): HttpProbe {
  const tls = httpsVariants.get(probe) ?? { ...probe, scheme: "https" };
  httpsVariants.set(probe, tls);
  return tls;
}

/** Methods that may be repeated where a pooled connection turns out to be dead. */
const REPEATABLE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

function probeOnce(
  target: Target,
  probe: HttpProbe,
  resources: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const overHttp2 = probe.version === "2" || (probe.version === "auto" && resources.detectedHttp2.has(target.key));
  const run = overHttp2 ? http2Run(target, probe, resources) : http1Run(target, probe, resources);
  return runProbe(run, resources, deadline);
}

/** Offered, so that a server without HTTP/1 says so instead of closing the connection. */
const HTTP1_ALPN = ["http/1.1"];
const HTTP2_ALPN = ["h2"];
const BOTH_ALPN = ["h2", "http/1.1"];

function http1Run(target: Target, probe: HttpProbe, resources: ProbeResources): ProbeRun {
  const isWebSocket = isWebSocketProbe(probe);
  const allowReuse = !isWebSocket && REPEATABLE_METHODS.has(probe.method) && resources.pool.isPoolable(target);
  return {
    target,
    url: urlOf(target, probe),
    tls: probe.scheme === "https" ? probe.tls : null,
    alpnProtocols: HTTP1_ALPN,
    allowReuse,
    exchange: (attempt, connection, credentials) =>
      exchangeOverHttp1(attempt, { target, probe, resources, allowReuse }, connection, credentials),
    retryRun(error) {
      // Over HTTP/2 a WebSocket opens in another way.
      if (probe.version !== "auto" || isWebSocket || !isHttp2Only(error)) return null;
      resources.detectedHttp2.add(target.key);
      return http2Run(target, probe, resources);
    },
  };
}

/** Always on a fresh connection, as gRPC. */
function http2Run(target: Target, probe: HttpProbe, resources: ProbeResources): ProbeRun {
  const tls = probe.scheme === "https" ? probe.tls : null;
  return {
    target,
    url: urlOf(target, probe),
    tls,
    alpnProtocols: probe.version === "2" ? HTTP2_ALPN : BOTH_ALPN,
    allowReuse: false,
    exchange(attempt, connection, credentials) {
      if (tls === null || connection.alpnProtocol === "h2") {
        const exchanged = exchangeOverHttp2(attempt, target, probe, connection, credentials, resources);
        // It may speak HTTP/1 again: the next probe tries that first.
        exchanged.catch(() => resources.detectedHttp2.delete(target.key));
        return exchanged;
      }
      resources.detectedHttp2.delete(target.key);
      if (probe.version === "2") return Promise.resolve(completeWithFailure(attempt, NO_HTTP2));
      return exchangeOverHttp1(attempt, { target, probe, resources, allowReuse: false }, connection, credentials);
    },
  };
}

function exchangeOverHttp1(
  attempt: ProbeAttempt,
  { target, probe, resources, allowReuse }: Http1Exchange,
  connection: Connection,
  credentials: Credentials,
): Promise<ProbeCompletion> {
  const startedAt = attempt.clock.now();
  const built = buildHttpRequest(probe, credentials.authorization, allowReuse, target.guessed);
  const request = resources.expanding.has(target.key) ? { ...built, decodesBody: false } : built;
  return exchangeHttp(readerOf(connection), request, attempt.deadline, (exchanged) => {
    if (exchanged.readError === null) attempt.phases.answer = attempt.clock.now() - startedAt;
    if (exchanged.waste === "expansion") resources.expanding.add(target.key);
    const completion = completeWithResponse(attempt, { target, probe, resources }, exchanged, credentials);
    // Only a pass keeps the connection; otherwise the next probe uses a fresh one.
    if (exchanged.isReusable && completion.kind === "result" && completion.result.outcome === "passed") {
      attempt.socket = null;
      resources.pool.release(target, connection);
    } else connection.socket.destroy();
    return completion;
  });
}

interface Http1Exchange {
  readonly target: Target;
  readonly probe: HttpProbe;
  readonly resources: ProbeResources;
  readonly allowReuse: boolean;
}

async function exchangeOverHttp2(
  attempt: ProbeAttempt,
  target: Target,
  probe: HttpProbe,
  connection: Connection,
  credentials: Credentials,
  resources: ProbeResources,
): Promise<ProbeCompletion> {
  const { expanding } = resources;
  // Loaded on first use: HTTP/2 takes megabytes.
  const { exchangeHttp2 } = await import("./http2-exchange.ts");
  const startedAt = attempt.clock.now();
  const request = buildHttp2Request(probe, credentials.authorization, target.guessed);
  const received = await exchangeHttp2(readerOf(connection), request, attempt.deadline);
  if (received.readError === null) attempt.phases.answer = attempt.clock.now() - startedAt;
  const head = { status: received.headers[":status"] ?? 0, statusText: "", headers: received.headers };
  const decodes = !expanding.has(target.key);
  const { response, expandsTooFar } = decodeResponse(head, received.body, received.complete, decodes);
  if (expandsTooFar) expanding.add(target.key);
  const waste = expandsTooFar ? "expansion" : null;
  const fields = Object.entries(received.headers).filter(([name]) => !name.startsWith(":"));
  const rawHeaders = fields.flatMap(([name, value]) => [name, [value].flat().join(", ")]);
  const { readError } = received;
  const exchanged = { response, readError, waste, head: rawHeaders, headLength: 0, isReusable: false } as const;
  return completeWithResponse(attempt, { target, probe, resources }, exchanged, credentials);
}

/** Each probe's last URL, which nearly always is the next one, too. */
const urlCache = new WeakMap<HttpProbe, { readonly target: Target; readonly url: string }>();

function urlOf(target: Target, probe: HttpProbe): string {
  const known = urlCache.get(probe);
  if (known?.target === target) return known.url;
  const url = probeUrl(target, probe.scheme, probe.path);
  urlCache.set(probe, { target, url });
  return url;
}

/**
 * Ends the attempt with a response. A truncated body still proves its status, which counts alone where it is unexpected
 * or the rule expects no body.
 */
function completeWithResponse(
  attempt: ProbeAttempt,
  { target, probe, resources }: Omit<Http1Exchange, "allowReuse">,
  { response, readError, waste, head, headLength }: HttpExchange,
  credentials: Credentials,
): ProbeCompletion {
  const httpStatus = response.status;
  const ruleForms = ruleSecretForms(probe);
  const secrets = ruleForms.length === 0 ? credentials.redact : sortForms([...credentials.redact, ...ruleForms]);
  resources.heads.keep(target.key, head, headLength, secrets, attempt.clock.now());
  const evaluation = evaluateResponse(probe, response, secrets);
  const isLong = evaluation.fault !== null && response.body.length > BOUNDS.probeFailingBytes;
  if (waste === "unread") attempt.leftUnread = true;
  else if (waste !== null) attempt.isWasteful = true;
  if (isLong || isLimitError(readError)) attempt.isWasteful = true;
  const isCut = readError !== null && isExpectedStatus(probe, httpStatus);
  if (isCut && (probe.expectBody.kind !== "any" || !isCutBody(readError, attempt.deadline))) {
    return completeWithError(attempt, readError, { httpStatus, body: evaluation.body });
  }
  return completeWith(attempt, { ...evaluation, kind: "answered", stage: "answer", httpStatus });
}

/** The connection or the time ended within the body; false for a cancelled probe and for what the parser rejects. */
function isCutBody(readError: unknown, deadline: Deadline): boolean {
  if (deadline.ended) return deadline.expired;
  return readError instanceof Error && "code" in readError && readError.code === "ECONNRESET";
}
