import type { GrpcProbe, Target } from "../contract/target.ts";
import { completeWith, completeWithFailure, type ProbeAttempt } from "./probe-attempt.ts";
import type { Credentials } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import { evaluateGrpcResponse } from "./grpc-evaluation.ts";
import { encodeHealthRequest } from "./grpc-message.ts";
import { type Connection, readerOf } from "./connection.ts";
import type { ProbeResources } from "./probe-resources.ts";
import { NO_HTTP2 } from "./probe-failure.ts";
import { probeUrl } from "./probe-url.ts";
import { redactSecrets } from "./redaction.ts";
import { runProbe } from "./probe-run.ts";

/** The unary method of gRPC's health service. */
const HEALTH_CHECK_PATH = "/grpc.health.v1.Health/Check";

/**
 * Calls gRPC's health service, over TLS with ALPN `h2` or over plain HTTP/2, always on a fresh connection. Never
 * rejects. Source: doc/health-checking.md and doc/PROTOCOL-HTTP2.md of gRPC.
 */
export function probeGrpc(
  target: Target,
  probe: GrpcProbe,
  resources: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const run = {
    target,
    url: probeUrl(target, probe.tls === null ? "grpc" : "grpcs", HEALTH_CHECK_PATH),
    tls: probe.tls,
    alpnProtocols: ["h2"],
    allowReuse: false,
    exchange: (attempt: ProbeAttempt, connection: Connection, credentials: Credentials) =>
      callHealthCheck(attempt, probe, connection, credentials, deadline),
  };
  return runProbe(run, resources, deadline);
}

async function callHealthCheck(
  attempt: ProbeAttempt,
  probe: GrpcProbe,
  connection: Connection,
  credentials: Credentials,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  if (attempt.overTls && connection.alpnProtocol !== "h2") return completeWithFailure(attempt, NO_HTTP2);
  // Loaded on first use: HTTP/2 takes megabytes, and few configurations have a gRPC rule.
  const { callGrpc } = await import("./grpc-call.ts");
  const startedAt = attempt.clock.now();
  const response = await callGrpc(readerOf(connection), buildGrpcRequest(attempt, probe, credentials), deadline);
  attempt.phases.answer = attempt.clock.now() - startedAt;
  const message = redactSecrets(response.grpcMessage, credentials.redact);
  const evaluation = evaluateGrpcResponse(probe.service, { ...response, grpcMessage: message });
  // Every gRPC response has status 200; only another one is worth showing.
  const httpStatus = response.httpStatus === 200 ? null : response.httpStatus;
  return completeWith(attempt, { ...evaluation, stage: "answer", httpStatus });
}

function buildGrpcRequest(attempt: ProbeAttempt, probe: GrpcProbe, credentials: Credentials) {
  const headers = new Map([
    ["user-agent", "haprobe"],
    // Lets a slow server abandon the call.
    ["grpc-timeout", `${attempt.timeoutMs}m`],
  ]);
  if (credentials.authorization !== null) headers.set("authorization", credentials.authorization);
  const scheme = attempt.overTls ? "https" : "http";
  return {
    scheme,
    authority: probe.authority,
    path: HEALTH_CHECK_PATH,
    headers,
    frame: encodeHealthRequest(probe.service),
  } as const;
}
