import { HaprobeError } from "../errors.ts";
import { tlsError } from "./tls-error.ts";

/** Names an error of a connection to a stats address. `bytes`: how much of an answer had come before it. */
export function connectionError(cause: Error, where: string, bytes: number): HaprobeError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  switch (code) {
    case "ECONNREFUSED":
      return new HaprobeError("HAPROBE_STATS_REFUSED", `nobody listens on ${where}`, { cause });
    case "ENOENT":
      return new HaprobeError("HAPROBE_STATS_SOCKET_MISSING", `there is no file ${where}`, { cause });
    case "EACCES":
    case "EPERM":
      return new HaprobeError("HAPROBE_STATS_FORBIDDEN", `haprobe's user may not open ${where}`, { cause });
    // A UNIX socket whose queue is full: `stats maxconn` clients are served and the queue behind them is taken.
    case "EAGAIN":
      return new HaprobeError("HAPROBE_STATS_BUSY", `${where} has too many clients`, { cause });
    case "ETIMEDOUT":
      return new HaprobeError("HAPROBE_STATS_TIMED_OUT", `${where} does not answer (${cause.message})`, { cause });
    case "ECONNRESET":
    case "EPIPE":
      // Node's words where the other side goes away before it has made the handshake.
      if (cause.message.includes("before secure TLS connection")) return tlsError(cause, where);
      return connectionLostError(where, bytes, cause);
    default:
      if (isTlsCode(code)) return tlsError(cause, where);
      return new HaprobeError("HAPROBE_STATS_UNREACHABLE", `no way to ${where}: ${cause.message}`, { cause });
  }
}

/** The other side was gone before its answer was whole. */
export function connectionLostError(where: string, bytes: number, cause?: Error): HaprobeError {
  const message = `${where} broke the connection after ${bytes} bytes of an answer`;
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", message, { cause });
}

/** Codes of Node and OpenSSL for a handshake, and X.509's for a certificate; system codes are short words with an E in front. */
function isTlsCode(code: string): boolean {
  return /^ERR_(TLS|SSL)_|^EPROTO$|CERT|SIGNATURE|SELF_SIGNED|ISSUER|^INVALID_CA$|^INVALID_PURPOSE$|^CRL_|HOSTNAME_MISMATCH/.test(
    code,
  );
}
