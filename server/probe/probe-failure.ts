import type { ProbeKind, ProbeStage } from "../contract/probe-result.ts";
import type { ProbeFault } from "../contract/reason.ts";
import { sanitizeLine } from "./untrusted-text.ts";

/** A failure that says something about the server or the way to it. */
export interface ProbeFailure {
  readonly kind: ProbeKind;
  readonly stage: ProbeStage;
  readonly fault: ProbeFault;
  readonly detail: string;
}

/** Whose failure it is: theirs is a finding, ours says nothing about the server. */
export type ErrorOrigin =
  | { readonly whose: "theirs"; readonly failure: ProbeFailure }
  | { readonly whose: "ours"; readonly detail: string };

/**
 * Nobody answers for the address: a router or the neighbour table says so. To the judge this is a timeout, not a
 * refusal, for a refusal is the machine's own word.
 */
const UNREACHABLE = new Set(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN"]);
const DNS = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"]);
const RESET = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);
const LOCAL_CODES = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EADDRINUSE", "EAGAIN"]);

/** Says what an error of a socket, of TLS or of Node's HTTP means, given the stage in which it came. */
export function classifyError(error: unknown, stage: ProbeStage, overTls: boolean): ErrorOrigin {
  const { code, detail } = describe(error);
  const theirs = (kind: ProbeKind, fault: ProbeFault, at: ProbeStage = stage): ErrorOrigin => ({
    whose: "theirs",
    failure: { kind, stage: at, fault, detail },
  });
  if (LOCAL_CODES.has(code)) return { whose: "ours", detail };
  if (RESET.has(code)) {
    // A reset, unlike a refusal, comes from a port that had accepted, even where it overtakes the news of that.
    return theirs("reset", "probe-reset", stage === "connect" ? (overTls ? "tls" : "answer") : stage);
  }
  if (UNREACHABLE.has(code)) return theirs("timed-out", "probe-timed-out");
  // A TLS 1.3 server that wants a client certificate says so only after the handshake, in place of an answer.
  if (isTls(code)) return theirs("tls-failed", "probe-tls-failed", "tls");
  if (stage === "connect") {
    // A UNIX socket that nobody has made is as closed as a port.
    if (code === "ECONNREFUSED" || code === "ENOENT") return theirs("refused", "probe-refused");
    if (DNS.has(code)) return theirs("dns-failed", "probe-dns-failed");
    // The rest of connect(2), such as EACCES of a local firewall, never left this machine.
    return { whose: "ours", detail };
  }
  if (stage === "tls") return theirs("tls-failed", "probe-tls-failed");
  if (code.startsWith("HPE_") || code.startsWith("ERR_HTTP2_")) return theirs("protocol-error", "probe-protocol-error");
  return { whose: "ours", detail };
}

/** What to tell of a certificate that did not verify, by OpenSSL's or Node's code. */
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
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate of an unknown authority"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate is for other names"],
]);

function isTls(code: string): boolean {
  return code.startsWith("ERR_SSL_") || code === "EPROTO";
}

function describe(error: unknown): { code: string; detail: string } {
  if (!(error instanceof Error)) return { code: "", detail: sanitizeLine(String(error)) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // OpenSSL's message is a line of its source code; its reason is the sentence in it.
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : "";
  // A name with several addresses fails with all their errors, and no message of its own.
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0].message : "";
  return { code, detail: sanitizeLine(reason || error.message || first) };
}
