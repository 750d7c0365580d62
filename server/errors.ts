/** Every error that haprobe can name, with the remedy; docs/errors.md explains each, and a test holds the two together. */
export const ERRORS = {
  HAPROBE_CONFIG_UNREADABLE: "Check that the file exists and that haprobe's user may read it.",
  HAPROBE_CONFIG_INVALID: "Mend the line that is named; `haprobe config check` tells whether it is right.",
  HAPROBE_USAGE: "See `haprobe --help`.",
  HAPROBE_LISTEN_FAILED:
    "Another program uses the address, or it is not one of this machine: choose another with --listen.",
  HAPROBE_STATS_REFUSED:
    "HAProxy is not running there, or is just stopping (its socket file stays behind): start it, or correct `stats:`.",
  HAPROBE_STATS_SOCKET_MISSING:
    "Correct the path in `stats:`, or add `stats socket PATH mode 660 level user` to HAProxy's global section. In a container mount the directory of the socket, not the file: a reload replaces it.",
  HAPROBE_STATS_FORBIDDEN:
    "Let haprobe's user into the socket's group: `usermod -aG haproxy <user>`, then start haprobe anew; the socket needs `mode 660 group haproxy`.",
  HAPROBE_STATS_BUSY: "Close idle clients of the stats socket, or raise `stats maxconn` (10 unless it is set).",
  HAPROBE_STATS_TIMED_OUT:
    "HAProxy hangs or is overloaded, its `stats maxconn` (10 unless it is set) is used up, or a firewall swallows the packets.",
  HAPROBE_STATS_UNREACHABLE: "Check the address in `stats:`, its name in DNS, and the network in between.",
  HAPROBE_STATS_TRUNCATED:
    "HAProxy gave up in the middle of its answer: raise `stats timeout`, and look whether it or this machine is overloaded.",
  HAPROBE_STATS_TOO_LARGE: "Check that `stats:` names a stats socket; HAProxy's own answers are far smaller.",
  HAPROBE_STATS_TOO_MANY_SERVERS: "This HAProxy has more servers than one haprobe watches: spread them.",
  HAPROBE_STATS_UNKNOWN_COMMAND:
    "This socket does not know `show stat`: it may be the master's; `stats:` wants the `stats socket` of a worker.",
  HAPROBE_STATS_PERMISSION_DENIED: "Give the stats socket at least `level user`.",
  HAPROBE_STATS_NOT_HAPROXY:
    "Check that `stats:` names a `stats socket` of HAProxy 2.2 or later, and not a port of something else.",
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERRORS;

/** A failure that the operator can do something about: a stable code, a sentence, and the cause. */
export class HaprobeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "HaprobeError";
    this.code = code;
  }

  /** What to do about it. */
  get remedy(): string {
    return ERRORS[this.code];
  }
}
