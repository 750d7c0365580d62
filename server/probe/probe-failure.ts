import type { ProbeKind, ProbeStage } from "../contract/probe-result.ts";
import type { ProbeFault } from "../contract/reason.ts";
import { sanitizeLine } from "./untrusted-text.ts";

/** A failure of the server or of the path to it. */
export interface ProbeFailure {
  readonly kind: ProbeKind;
  readonly stage: ProbeStage;
  readonly fault: ProbeFault;
  readonly detail: string;
}

/** Where an error comes from: `remote` is the server or the path to it, `local` says nothing about the server. */
export type ErrorOrigin =
  | { readonly kind: "remote"; readonly failure: ProbeFailure }
  | { readonly kind: "local"; readonly detail: string };

/**
 * Reported by a router or the neighbour table. The judge treats it as a timeout, not as a refusal, because a refusal
 * comes from the machine itself.
 */
const UNREACHABLE = new Set(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN"]);
const DNS = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"]);
const RESET = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);
const LOCAL_CODES = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EADDRINUSE", "EAGAIN"]);

/**
 * Classifies an error of a socket, of TLS or of Node's HTTP by the stage in which it came. `httpStatus`: read before it.
 * What Node's parser rejects after that, HAProxy and its clients may accept.
 */
export function classifyError(
  error: unknown,
  stage: ProbeStage,
  overTls: boolean,
  httpStatus: number | null = null,
): ErrorOrigin {
  const { code, detail } = describe(error);
  const remote = (kind: ProbeKind, fault: ProbeFault, at: ProbeStage = stage): ErrorOrigin => ({
    kind: "remote",
    failure: { kind, stage: at, fault, detail },
  });
  if (LOCAL_CODES.has(code)) return { kind: "local", detail };
  if (RESET.has(code)) {
    // Unlike a refusal, a reset comes from a port that has accepted, even if Node reports it while connecting.
    return remote("reset", "probe-reset", stage === "connect" ? (overTls ? "tls" : "answer") : stage);
  }
  if (UNREACHABLE.has(code)) return remote("timed-out", "probe-timed-out");
  // A TLS 1.3 server that requires a client certificate reports that after the handshake, instead of a response.
  if (isTls(code)) {
    if (CLIENT_CERTIFICATE_ALERTS.test(code)) {
      const required = { kind: "tls-failed", stage: "tls", fault: "probe-denied" } as const;
      return { kind: "remote", failure: { ...required, detail: `it requires a client certificate: ${detail}` } };
    }
    return remote("tls-failed", UNSUPPORTED_TLS.test(code) ? "probe-cannot-speak" : "probe-tls-failed", "tls");
  }
  if (code === HTTP2_ONLY || code === OTHER_PROTOCOL) return remote("protocol-error", "probe-cannot-speak");
  if (stage === "connect") {
    // A missing UNIX socket is equivalent to a closed port.
    if (code === "ECONNREFUSED" || code === "ENOENT") return remote("refused", "probe-refused");
    if (DNS.has(code)) return remote("dns-failed", "probe-dns-failed");
    // Other errors of connect(2), such as EACCES of a local firewall, are local.
    return { kind: "local", detail };
  }
  if (stage === "tls") return remote("tls-failed", "probe-tls-failed");
  if (code.startsWith("HPE_") || code.startsWith("ERR_HTTP2_")) {
    return remote("protocol-error", httpStatus === null ? "probe-protocol-error" : "probe-cannot-speak");
  }
  return { kind: "local", detail };
}

/** Code of an error where an HTTP/1 request was answered in HTTP/2. */
export const HTTP2_ONLY = "HTTP2_ONLY";

/** Code of an error where an HTTP request was answered in a protocol that clients of its own read. */
export const OTHER_PROTOCOL = "OTHER_PROTOCOL";

/** The failure where HTTP/2 is required and the server's TLS does not negotiate it. */
export const NO_HTTP2: ProbeFailure = {
  kind: "protocol-error",
  stage: "answer",
  fault: "probe-cannot-speak",
  detail: "it does not offer HTTP/2 in the TLS handshake (ALPN h2)",
};

/** Whether an error says that the server does not speak HTTP/1. */
export function isHttp2Only(error: unknown): boolean {
  const { code } = describe(error);
  return code === HTTP2_ONLY || code.endsWith("ALERT_NO_APPLICATION_PROTOCOL");
}

/** Alerts by which a server rejects our certificate, or that there is none. */
const CLIENT_CERTIFICATE_ALERTS =
  /ALERT_(CERTIFICATE_(REQUIRED|REVOKED|EXPIRED|UNKNOWN)|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;

/** Both sides speak TLS, without a version, cipher, key or name in common. */
const UNSUPPORTED_TLS =
  /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO|ALERT_HANDSHAKE_FAILURE|UNRECOGNIZED_NAME|NO_APPLICATION_PROTOCOL|INSUFFICIENT_SECURITY|KEY_TOO_SMALL|MD_TOO_WEAK|UNSAFE_LEGACY|NO_SHARED|NO_CIPHERS|WRONG_SIGNATURE_TYPE|WRONG_CURVE|LEGACY_SIGALG|HANDSHAKE_TOO_LONG/;

/** The failure of a certificate that does not verify, by OpenSSL's or Node's code. */
export function certificateFailure(code: string, names: string): ProbeFailure {
  const text = CERTIFICATE_ERRORS.get(code) ?? sanitizeLine(code.toLowerCase().replaceAll("_", " "));
  return {
    kind: "tls-failed",
    stage: "tls",
    fault: code === "CERT_HAS_EXPIRED" ? "probe-certificate-expired" : "probe-untrusted",
    detail: code === "ERR_TLS_CERT_ALTNAME_INVALID" && names !== "" ? `${text}: ${sanitizeLine(names)}` : text,
  };
}

const CERTIFICATE_ERRORS = new Map([
  ["CERT_HAS_EXPIRED", "certificate has expired"],
  ["CERT_NOT_YET_VALID", "certificate is not valid yet"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "certificate of an unknown authority"],
  ["UNABLE_TO_GET_ISSUER_CERT", "certificate of an unknown authority"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate of an unknown authority"],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "certificate of an unknown authority, or the server does not send its intermediate certificate",
  ],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate is for other names"],
]);

function isTls(code: string): boolean {
  return code.startsWith("ERR_SSL_") || code === "EPROTO";
}

function describe(error: unknown): { code: string; detail: string } {
  if (!(error instanceof Error)) return { code: "", detail: sanitizeLine(String(error)) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // OpenSSL's message is a line of its error queue; its reason is the sentence in it.
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : "";
  // A name with several addresses fails with an AggregateError that has no message of its own.
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0].message : "";
  return { code, detail: sanitizeLine(reason || error.message || first) };
}
