import type { GrpcProbe, Target } from "../contract/target.ts";
import { endWith, endWithFailure } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import type { Secrets } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import type { Ending } from "./ending.ts";
import { readGrpcAnswer } from "./grpc-answer.ts";
import { healthRequest } from "./grpc-message.ts";
import type { Line } from "./line.ts";
import type { ProbeTools } from "./probe-tools.ts";
import { probeUrl } from "./probe-url.ts";
import { withoutSecrets } from "./shown-text.ts";
import { goTo } from "./visit.ts";

/** The one method of gRPC's health service that answers at once. */
const CHECK = "/grpc.health.v1.Health/Check";

/**
 * Asks gRPC's own health service, over TLS with ALPN `h2` or over plain HTTP/2, always by a fresh connection. Never
 * rejects. Source: doc/health-checking.md and doc/PROTOCOL-HTTP2.md of gRPC.
 */
export function probeGrpc(target: Target, probe: GrpcProbe, tools: ProbeTools, deadline: Deadline): Promise<Ending> {
  const visit = {
    target,
    url: probeUrl(target, probe.tls === null ? "grpc" : "grpcs", CHECK),
    tls: probe.tls,
    protocols: ["h2"],
    mayReuse: false,
    talk: (attempt: Attempt, line: Line, secrets: Secrets) => talk(attempt, probe, line, secrets, deadline),
  };
  return goTo(visit, tools, deadline);
}

async function talk(
  attempt: Attempt,
  probe: GrpcProbe,
  line: Line,
  secrets: Secrets,
  deadline: Deadline,
): Promise<Ending> {
  if (attempt.overTls && line.protocol !== "h2") {
    const detail = "it does not offer HTTP/2 in the TLS handshake (ALPN h2)";
    return endWithFailure(attempt, { kind: "protocol-error", stage: "answer", fault: "probe-protocol-error", detail });
  }
  // HTTP/2 is megabytes of Node's, and few have a gRPC rule.
  const { callGrpc } = await import("./grpc-call.ts");
  const askedAt = attempt.clock.now();
  const answer = await callGrpc(line.socket, questionOf(attempt, probe, secrets), deadline);
  attempt.phases.answer = attempt.clock.now() - askedAt;
  const message = withoutSecrets(answer.message, secrets.redact);
  const found = readGrpcAnswer(probe.service, { ...answer, message });
  // Every gRPC answer comes under a 200; only another status says something.
  const httpStatus = answer.httpStatus === 200 ? null : answer.httpStatus;
  return endWith(attempt, { ...found, stage: "answer", httpStatus });
}

function questionOf(attempt: Attempt, probe: GrpcProbe, secrets: Secrets) {
  const headers = new Map([
    ["user-agent", "haprobe"],
    // A server that is late need not go on working for us.
    ["grpc-timeout", `${attempt.timeoutMs}m`],
  ]);
  if (secrets.authorization !== null) headers.set("authorization", secrets.authorization);
  const scheme = attempt.overTls ? "https" : "http";
  return { scheme, authority: probe.authority, path: CHECK, headers, frame: healthRequest(probe.service) } as const;
}
