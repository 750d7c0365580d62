import type { ProbeKind, ProbeOutcome } from "../contract/probe-result.ts";
import type { ProbeFault } from "../contract/reason.ts";
import type { GrpcResponse } from "./grpc-call.ts";
import { parseHealthResponse } from "./grpc-message.ts";
import { sanitizeLine } from "./untrusted-text.ts";

/** The meaning of a health service's response. */
export interface GrpcEvaluation {
  readonly outcome: ProbeOutcome;
  readonly kind: Extract<ProbeKind, "answered" | "protocol-error">;
  readonly fault: ProbeFault | null;
  /** The service that is not serving; `overall` for the whole server. */
  readonly failing: readonly string[];
  readonly detail: string;
}

/** Names of gRPC's status codes, by number. Source: doc/statuscodes.md of gRPC. */
const STATUS_CODE_NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

const DENIED_CODES: ReadonlySet<string> = new Set(["PERMISSION_DENIED", "UNAUTHENTICATED"]);
/** Server errors, as 5xx are in HTTP. */
const UNHEALTHY_CODES: ReadonlySet<string> = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
]);

/** Evaluates a response about `service` (empty: the whole server). */
export function evaluateGrpcResponse(service: string, response: GrpcResponse): GrpcEvaluation {
  if (response.httpStatus !== 200) return evaluateHttpStatus(response.httpStatus);
  if (response.grpcStatus === null) return protocolError("the response has no grpc-status");
  if (response.grpcStatus !== 0)
    return evaluateStatusCode(
      STATUS_CODE_NAMES[response.grpcStatus] ?? `code ${response.grpcStatus}`,
      response.grpcMessage,
    );
  const status = parseHealthResponse(response.frame);
  if (status === null) return protocolError("the response is no HealthCheckResponse");
  if (status === "SERVING") return evaluation("passed", null, "");
  const detail = `health status ${status}`;
  if (status !== "NOT_SERVING") return evaluation("failed", "probe-unexpected-status", detail);
  return {
    ...evaluation("failed", "probe-answered-unhealthy", detail),
    failing: [service === "" ? "overall" : service],
  };
}

/** The response of a proxy on the path, or of a server without gRPC. */
function evaluateHttpStatus(status: number): GrpcEvaluation {
  const detail = `HTTP status ${status}`;
  if (status === 401 || status === 403) return evaluation("denied", "probe-denied", detail);
  return evaluation("failed", status >= 500 ? "probe-answered-unhealthy" : "probe-unexpected-status", detail);
}

function evaluateStatusCode(code: string, message: string): GrpcEvaluation {
  const detail = sanitizeLine(message === "" ? `gRPC ${code}` : `gRPC ${code}: ${message}`);
  if (DENIED_CODES.has(code)) return evaluation("denied", "probe-denied", detail);
  return evaluation(
    "failed",
    UNHEALTHY_CODES.has(code) ? "probe-answered-unhealthy" : "probe-unexpected-status",
    detail,
  );
}

function protocolError(detail: string): GrpcEvaluation {
  return { ...evaluation("failed", "probe-protocol-error", detail), kind: "protocol-error" };
}

function evaluation(outcome: ProbeOutcome, fault: ProbeFault | null, detail: string): GrpcEvaluation {
  return { outcome, kind: "answered", fault, failing: [], detail };
}
