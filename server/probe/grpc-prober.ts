import type { GrpcProbe, Target } from "../contract/target.ts";
import { completeWith, completeWithFailure } from "./probe-attempt.ts";
import type { ProbeAttempt } from "./probe-attempt.ts";
import type { Credentials } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import { evaluateGrpcResponse } from "./grpc-evaluation.ts";
import { encodeHealthRequest } from "./grpc-message.ts";
import type { Connection } from "./connection.ts";
import type { ProbeResources } from "./probe-resources.ts";
import { probeUrl } from "./probe-url.ts";
import { redactSecrets } from "./untrusted-text.ts";
import { runProbe } from "./probe-run.ts";

/** The one method of gRPC's health service that answers at once. */
const HEALTH_CHECK_PATH = "/grpc.health.v1.Health/Check";

/**
 * Asks gRPC's own health service, over TLS with ALPN `h2` or over plain HTTP/2, always by a fresh connection. Never
 * rejects. Source: doc/health-checking.md and doc/PROTOCOL-HTTP2.md of gRPC.
 */
export function probeGrpc(
  target: Target,
  probe: GrpcProbe,
  tools: ProbeResources,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  const visit = {
    target,
    url: probeUrl(target, probe.tls === null ? "grpc" : "grpcs", HEALTH_CHECK_PATH),
    tls: probe.tls,
    alpnProtocols: ["h2"],
    allowReuse: false,
    exchange: (attempt: ProbeAttempt, line: Connection, secrets: Credentials) =>
      callHealthCheck(attempt, probe, line, secrets, deadline),
  };
  return runProbe(visit, tools, deadline);
}

async function callHealthCheck(
  attempt: ProbeAttempt,
  probe: GrpcProbe,
  line: Connection,
  secrets: Credentials,
  deadline: Deadline,
): Promise<ProbeCompletion> {
  if (attempt.overTls && line.alpnProtocol !== "h2") {
    const detail = "it does not offer HTTP/2 in the TLS handshake (ALPN h2)";
    return completeWithFailure(attempt, {
      kind: "protocol-error",
      stage: "answer",
      fault: "probe-protocol-error",
      detail,
    });
  }
  // HTTP/2 is megabytes of Node's, and few have a gRPC rule.
  const { callGrpc } = await import("./grpc-call.ts");
  const askedAt = attempt.clock.now();
  const answer = await callGrpc(line.socket, buildGrpcRequest(attempt, probe, secrets), deadline);
  attempt.phases.answer = attempt.clock.now() - askedAt;
  const message = redactSecrets(answer.grpcMessage, secrets.redact);
  const found = evaluateGrpcResponse(probe.service, { ...answer, grpcMessage: message });
  // Every gRPC answer comes under a 200; only another status says something.
  const httpStatus = answer.httpStatus === 200 ? null : answer.httpStatus;
  return completeWith(attempt, { ...found, stage: "answer", httpStatus });
}

function buildGrpcRequest(attempt: ProbeAttempt, probe: GrpcProbe, secrets: Credentials) {
  const headers = new Map([
    ["user-agent", "haprobe"],
    // A server that is late need not go on working for us.
    ["grpc-timeout", `${attempt.timeoutMs}m`],
  ]);
  if (secrets.authorization !== null) headers.set("authorization", secrets.authorization);
  const scheme = attempt.overTls ? "https" : "http";
  return {
    scheme,
    authority: probe.authority,
    path: HEALTH_CHECK_PATH,
    headers,
    frame: encodeHealthRequest(probe.service),
  } as const;
}
