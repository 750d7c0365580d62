import { HaprobeError } from "../errors.ts";
import { tlsError } from "./tls-error.ts";

/** Maps a connection error of a stats address to a HaprobeError; `bytes` is the length of the response received before it. */
export function connectionError(cause: Error, peer: string, bytes: number): HaprobeError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  switch (code) {
    case "ECONNREFUSED":
      return new HaprobeError("HAPROBE_STATS_REFUSED", `${peer}: connection refused`, { cause });
    case "ENOENT":
      return new HaprobeError("HAPROBE_STATS_SOCKET_MISSING", `${peer}: no such file`, { cause });
    case "EACCES":
    case "EPERM":
      return new HaprobeError("HAPROBE_STATS_FORBIDDEN", `${peer}: haprobe's user has no permission to open it`, {
        cause,
      });
    // The backlog of a UNIX socket is full: `stats maxconn` clients are connected and the queue behind them is taken.
    case "EAGAIN":
      return new HaprobeError("HAPROBE_STATS_BUSY", `${peer}: too many clients`, { cause });
    case "ETIMEDOUT":
      return new HaprobeError("HAPROBE_STATS_TIMED_OUT", `${peer}: no response (${cause.message})`, { cause });
    case "ECONNRESET":
    case "EPIPE":
      // Node's message where the peer closes the connection before the TLS handshake is done.
      if (cause.message.includes("before secure TLS connection")) return tlsError(cause, peer);
      return connectionLostError(peer, bytes, cause);
    default:
      if (isTlsCode(code)) return tlsError(cause, peer);
      return new HaprobeError("HAPROBE_STATS_UNREACHABLE", `${peer}: ${cause.message}`, { cause });
  }
}

/** The connection was closed or reset before the response was complete. */
export function connectionLostError(peer: string, bytes: number, cause?: Error): HaprobeError {
  const message = `${peer}: connection closed after ${bytes} bytes of the response`;
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", message, { cause });
}

/** Codes of Node and OpenSSL for a handshake, and of X.509 for a certificate; system codes are short words that begin with E. */
function isTlsCode(code: string): boolean {
  return /^ERR_(TLS|SSL)_|^EPROTO$|CERT|SIGNATURE|SELF_SIGNED|ISSUER|^INVALID_CA$|^INVALID_PURPOSE$|^CRL_|HOSTNAME_MISMATCH/.test(
    code,
  );
}
