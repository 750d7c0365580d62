import { BOUNDS } from "../bounds.ts";
import type { ListenerCertificate } from "../contract/listener-certificate.ts";
import type { FindingCode } from "../contract/finding.ts";
import type { FindingDraft } from "./findings.ts";

/** The finding of a log that cannot be written; none without an error. */
export function createLogFindings(error: string | null): readonly FindingDraft[] {
  if (error === null) return [];
  return [
    createOwnFinding(
      "log-not-written",
      `The log cannot be written (${error}); lines are lost`,
      "Free space on the log's disk, or restart the program that reads the log.",
    ),
  ];
}

/** The finding of a recording that cannot be written; none without an error. */
export function createRecordingFindings(error: string | null): readonly FindingDraft[] {
  if (error === null) return [];
  return [
    createOwnFinding(
      "recording-not-written",
      `The recording cannot be written (${error})`,
      "Free space in the data directory, or make it writable for haprobe's user. It is tried again each minute.",
    ),
  ];
}

const DAY_MS = 86_400_000;

/** Findings about the certificate of haprobe's own listener; none without one. */
export function createCertificateFindings(
  certificate: ListenerCertificate | null,
  now: number,
): readonly FindingDraft[] {
  if (certificate === null) return [];
  const { expiresAt, error } = certificate;
  const leftMs = expiresAt - now;
  const days = Math.floor(leftMs / DAY_MS);
  const problems = [
    ...(error === null ? [] : [`its files cannot be used (${error}), and an earlier pair is presented`]),
    ...(leftMs > BOUNDS.tlsExpiryWarningMs ? [] : [leftMs > 0 ? `it expires in ${days} days` : "it has expired"]),
  ];
  if (problems.length === 0) return [];
  return [
    createOwnFinding(
      "listener-certificate",
      `The certificate of haprobe's listener: ${problems.join("; ")}`,
      "Renew `cert-file` and `key-file` of `tls`; they are read again by themselves.",
    ),
  ];
}

/** The finding of a hub or a database in which another haprobe has the name of this one. */
export function createSharedNameFinding(sentence: string): FindingDraft {
  return createOwnFinding(
    "vantage-name-shared",
    sentence,
    "Give each haprobe a name of its own with `vantage:`, or stop the other one and restart this one.",
  );
}

/** A finding about haprobe itself. */
export function createOwnFinding(code: FindingCode, sentence: string, advice: string): FindingDraft {
  return { code, subject: { instance: null, backend: null, server: null }, sentence, advice, afterMs: 0 };
}
