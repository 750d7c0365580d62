import { describe, expect, test } from "vitest";
import type { ProbeStage } from "../../server/contract/probe-result.ts";
import { certificateFailure, classifyError, type ProbeFailure } from "../../server/probe/probe-failure.ts";

function errorOf(code: string): Error {
  return Object.assign(new Error(`said ${code}`), { code });
}

type Row = readonly [rule: string, code: string, stage: ProbeStage, failure: Partial<ProbeFailure>];

test.each<Row>([
  ["refused by the machine itself", "ECONNREFUSED", "connect", { kind: "refused", fault: "probe-refused" }],
  [
    "a router that knows no way is silence, not a refusal",
    "EHOSTUNREACH",
    "connect",
    { kind: "timed-out", stage: "connect" },
  ],
  ["so is a network without a way", "ENETUNREACH", "connect", { kind: "timed-out", stage: "connect" }],
  ["the kernel may give up before we do", "ETIMEDOUT", "connect", { kind: "timed-out", stage: "connect" }],
  ["a way that is lost later keeps the stage", "EHOSTUNREACH", "answer", { kind: "timed-out", stage: "answer" }],
  ["an unknown name", "ENOTFOUND", "connect", { kind: "dns-failed", fault: "probe-dns-failed", stage: "connect" }],
  ["a name server that is away", "EAI_AGAIN", "connect", { kind: "dns-failed", stage: "connect" }],
  ["a reset that overtakes the accept is one after it", "ECONNRESET", "connect", { kind: "reset", stage: "tls" }],
  ["a reset in the handshake", "ECONNRESET", "tls", { kind: "reset", stage: "tls" }],
  ["a reset in place of an answer", "ECONNRESET", "answer", { kind: "reset", stage: "answer" }],
  ["a write into a closed connection", "EPIPE", "answer", { kind: "reset", stage: "answer" }],
  ["a handshake that OpenSSL ends", "ERR_SSL_WRONG_VERSION_NUMBER", "tls", { kind: "tls-failed", stage: "tls" }],
  [
    "an alert in place of an answer belongs to TLS",
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "answer",
    { kind: "tls-failed", stage: "tls" },
  ],
  ["what is no HTTP", "HPE_INVALID_CONSTANT", "answer", { kind: "protocol-error", stage: "answer" }],
])("remote: %s", (_rule, code, stage, failure) => {
  expect(classifyError(errorOf(code), stage, true)).toMatchObject({ kind: "remote", failure });
});

test("without TLS a reset that overtakes the accept is one in place of an answer", () => {
  expect(classifyError(errorOf("ECONNRESET"), "connect", false)).toMatchObject({ failure: { stage: "answer" } });
});

test.each([
  ["no descriptors", "EMFILE", "connect"],
  ["no descriptors on the whole machine", "ENFILE", "connect"],
  ["no ports left", "EADDRNOTAVAIL", "connect"],
  ["no buffers", "ENOBUFS", "answer"],
  ["no memory", "ENOMEM", "tls"],
  ["a local firewall", "EPERM", "connect"],
  ["a header that cannot be sent", "ERR_INVALID_CHAR", "answer"],
] as const)("local, so no result: %s", (_rule, code, stage) => {
  expect(classifyError(errorOf(code), stage, true)).toEqual({ kind: "local", detail: `said ${code}` });
});

test("the detail is OpenSSL's reason, not its line of source code", () => {
  const error = Object.assign(new Error("00C1:error:0A00010B:SSL routines:x:wrong version number:../a.c:1:"), {
    code: "ERR_SSL_WRONG_VERSION_NUMBER",
    reason: "wrong version number",
  });
  expect(classifyError(error, "tls", true)).toMatchObject({ failure: { detail: "wrong version number" } });
});

test("a name with several addresses that all refuse has the first one's detail", () => {
  const error = Object.assign(new AggregateError([errorOf("ECONNREFUSED"), errorOf("ETIMEDOUT")]), {
    code: "ECONNREFUSED",
  });
  expect(classifyError(error, "connect", false)).toMatchObject({
    failure: { kind: "refused", detail: "said ECONNREFUSED" },
  });
});

describe("a certificate", () => {
  test("that has expired is its own fault, any other is a probeSettings of trust", () => {
    expect(certificateFailure("CERT_HAS_EXPIRED", "").fault).toBe("probe-certificate-expired");
    expect(certificateFailure("DEPTH_ZERO_SELF_SIGNED_CERT", "")).toMatchObject({
      fault: "probe-untrusted",
      detail: "self-signed certificate",
    });
  });

  test("with an unknown code has OpenSSL's words", () => {
    expect(certificateFailure("CERT_SIGNATURE_FAILURE", "").detail).toBe("cert signature failure");
  });

  test("that names a thousand hosts fills no page", () => {
    const { detail } = certificateFailure("ERR_TLS_CERT_ALTNAME_INVALID", "DNS:a.example, ".repeat(1_000));
    expect(detail.length).toBeLessThan(250);
  });
});
