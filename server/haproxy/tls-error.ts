import { HaprobeError } from "../errors.ts";

/** Codes of a certificate with another name or an untrusted issuer; all others are handshake failures. */
const UNTRUSTED_CERTIFICATE_CODE = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|^INVALID_|^CRL_|HOSTNAME_MISMATCH/;

// OpenSSL's reasons for plain text in place of a TLS record; the OpenSSL of Node 24 reads the letters as a length.
const PLAIN_TEXT_REASON = /^(?:wrong version number|packet length too long)$/;

/** Maps a TLS error to a HaprobeError: an untrusted certificate, a client certificate that is required, or a failed handshake. */
export function tlsError(cause: Error, peer: string): HaprobeError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  const reason = opensslReason(cause);
  // The code of an alert about the client certificate contains CERTIFICATE as well.
  if (!/^ERR_SSL_|^EPROTO$/.test(code) && UNTRUSTED_CERTIFICATE_CODE.test(code)) {
    return new HaprobeError("HAPROBE_STATS_UNTRUSTED", `${peer}: the certificate is not trusted: ${reason}`, { cause });
  }
  const failure = /CERTIFICATE/.test(code)
    ? "requires a client certificate, or another one"
    : PLAIN_TEXT_REASON.test(reason)
      ? "speaks plain text instead of TLS"
      : "fails the TLS handshake";
  return new HaprobeError("HAPROBE_STATS_TLS_FAILED", `${peer} ${failure}: ${reason}`, { cause });
}

/** The reason in OpenSSL's error line, without its memory addresses and source files. */
function opensslReason(cause: Error): string {
  const { reason } = cause as Error & { readonly reason?: unknown };
  if (typeof reason === "string" && reason !== "") return reason;
  return (/SSL routines:[^:]*:([^:]+)/.exec(cause.message)?.[1] ?? cause.message).slice(0, 200);
}
