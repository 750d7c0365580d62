import { HaprobeError } from "../errors.ts";

/** Names a system error of a stats socket. `bytes`: how much of an answer had come before it. */
export function connectionError(cause: Error, where: string, bytes: number): HaprobeError {
  switch ((cause as NodeJS.ErrnoException).code) {
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
      return new HaprobeError(
        "HAPROBE_STATS_TRUNCATED",
        `${where} broke the connection after ${bytes} bytes of an answer`,
        { cause },
      );
    default:
      return new HaprobeError("HAPROBE_STATS_UNREACHABLE", `no way to ${where}: ${cause.message}`, { cause });
  }
}
