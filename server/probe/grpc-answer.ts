import type { ProbeKind, ProbeOutcome } from "../contract/probe-result.ts";
import type { ProbeFault } from "../contract/reason.ts";
import type { GrpcAnswer } from "./grpc-call.ts";
import { readHealthResponse } from "./grpc-message.ts";
import { oneLine } from "./shown-text.ts";

/** What an answer of the health service means. */
export interface GrpcFinding {
  readonly outcome: ProbeOutcome;
  readonly kind: Extract<ProbeKind, "answered" | "protocol-error">;
  readonly fault: ProbeFault | null;
  /** The service that does not serve; `overall` for the server as a whole. */
  readonly failing: readonly string[];
  readonly detail: string;
}

/** Names of gRPC's status codes, by number. Source: doc/statuscodes.md of gRPC. */
const CODES = [
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

const DENIED: ReadonlySet<string> = new Set(["PERMISSION_DENIED", "UNAUTHENTICATED"]);
/** The server's own fault, as a 5xx is in HTTP. */
const UNHEALTHY: ReadonlySet<string> = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
]);

/** Reads an answer about `service` (empty: the whole server). */
export function readGrpcAnswer(service: string, answer: GrpcAnswer): GrpcFinding {
  if (answer.httpStatus !== 200) return byHttpStatus(answer.httpStatus);
  if (answer.status === null) return notGrpc("its answer has no grpc-status");
  if (answer.status !== 0) return byCode(CODES[answer.status] ?? `code ${answer.status}`, answer.message);
  const status = readHealthResponse(answer.frame);
  if (status === null) return notGrpc("its answer is no HealthCheckResponse");
  if (status === "SERVING") return finding("passed", null, "");
  const detail = `health status ${status}`;
  if (status !== "NOT_SERVING") return finding("failed", "probe-unexpected-status", detail);
  return { ...finding("failed", "probe-answered-unhealthy", detail), failing: [service === "" ? "overall" : service] };
}

/** A proxy in between, or a server that does not speak gRPC. */
function byHttpStatus(status: number): GrpcFinding {
  const detail = `HTTP status ${status}`;
  if (status === 401 || status === 403) return finding("denied", "probe-denied", detail);
  return finding("failed", status >= 500 ? "probe-answered-unhealthy" : "probe-unexpected-status", detail);
}

function byCode(code: string, message: string): GrpcFinding {
  const detail = oneLine(message === "" ? `gRPC ${code}` : `gRPC ${code}: ${message}`);
  if (DENIED.has(code)) return finding("denied", "probe-denied", detail);
  return finding("failed", UNHEALTHY.has(code) ? "probe-answered-unhealthy" : "probe-unexpected-status", detail);
}

function notGrpc(detail: string): GrpcFinding {
  return { ...finding("failed", "probe-protocol-error", detail), kind: "protocol-error" };
}

function finding(outcome: ProbeOutcome, fault: ProbeFault | null, detail: string): GrpcFinding {
  return { outcome, kind: "answered", fault, failing: [], detail };
}
