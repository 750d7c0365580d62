import { HaprobeError } from "../errors.ts";

/** What the certificate says is not what was asked for, or nobody trusted vouches for it. The others are faults of the handshake. */
const UNTRUSTED_CERTIFICATE_CODE = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|^INVALID_|^CRL_|HOSTNAME_MISMATCH/;

// What OpenSSL makes of text where a record should begin: the older ones of Node 24 read the letters as a length.
const PLAIN_TEXT_REASON = /^(?:wrong version number|packet length too long)$/;

/** Names what TLS did not like about the other side, or it about us. */
export function tlsError(cause: Error, where: string): HaprobeError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  // An alert about our certificate has CERTIFICATE in its name, too.
  if (!/^ERR_SSL_|^EPROTO$/.test(code) && UNTRUSTED_CERTIFICATE_CODE.test(code)) {
    return new HaprobeError(
      "HAPROBE_STATS_UNTRUSTED",
      `the certificate of ${where} is not trusted: ${opensslReason(cause)}`,
      {
        cause,
      },
    );
  }
  const words = opensslReason(cause);
  const about = /CERTIFICATE/.test(code)
    ? "wants a client certificate, or another one"
    : PLAIN_TEXT_REASON.test(words)
      ? "speaks plain text, no TLS"
      : "makes no TLS connection";
  return new HaprobeError("HAPROBE_STATS_TLS_FAILED", `${where} ${about}: ${words}`, { cause });
}

/** OpenSSL's line holds addresses of memory and of its sources; only its words are for people. */
function opensslReason(cause: Error): string {
  const { reason: words } = cause as Error & { readonly reason?: unknown };
  if (typeof words === "string" && words !== "") return words;
  return (/SSL routines:[^:]*:([^:]+)/.exec(cause.message)?.[1] ?? cause.message).slice(0, 200);
}
