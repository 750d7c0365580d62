/** Every error that haprobe can name, with the remedy; docs/errors.md explains each, and a test holds the two together. */
export const ERROR_REMEDIES = {
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
    "A worker's `stats socket` is written `stats: unix:PATH`, the master's (`haproxy -W -S PATH`) `stats: unix-master:PATH`: this one is of the other kind.",
  HAPROBE_STATS_PERMISSION_DENIED: "Give the stats socket at least `level user`.",
  HAPROBE_STATS_NO_WORKER:
    "The master runs, and no worker: look at HAProxy's log, and check its configuration with `haproxy -c -f /etc/haproxy/haproxy.cfg`.",
  HAPROBE_STATS_UNTRUSTED:
    "Give the `ca-file` that signed this certificate and, where it holds another name, `server-name`.",
  HAPROBE_STATS_TLS_FAILED:
    "HAProxy takes `ssl` at a `stats socket` line and speaks plain text all the same. Put a section before it: `listen stats-tls`, `mode tcp`, `bind :9999 ssl crt FILE`, `server runtime-api unix@/run/haproxy/admin.sock`. Where it says `verify required`, give `client-cert-file` and `client-key-file`.",
  HAPROBE_STATS_FILE_UNREADABLE:
    "Correct the name of the file, or let haprobe's user read it; certificates and keys are in PEM.",
  HAPROBE_STATS_UNAUTHORIZED:
    "Give the user and password of a line `stats auth haprobe:PASSWORD`: `stats: http://haprobe@HOST:8404/stats` with `password-file: FILE`.",
  HAPROBE_STATS_PAGE_DENIED: "Let haprobe in: `stats http-request allow if { src ADDRESS_OF_HAPROBE }`.",
  HAPROBE_STATS_NO_PAGE:
    "Compare the path in `stats:` with `stats uri /stats`; a page needs `bind :8404`, `mode http`, `stats enable`, `stats uri /stats` and `stats show-legends` in one section.",
  HAPROBE_STATS_REDIRECTED:
    "Write the address to which it leads into `stats:`; haprobe follows no redirect, since a password would go along.",
  HAPROBE_STATS_NOT_CSV:
    "Check that `stats:` names the page itself (`stats uri /stats`) and no other page of the same port.",
  HAPROBE_STATS_ENCODED:
    "Something in between compresses: leave the page out with `filter compression` and `compression algo` in other sections only, or ask HAProxy itself.",
  HAPROBE_STATS_NOT_HAPROXY:
    "Check that `stats:` names a `stats socket` of HAProxy 2.2 or later (`http://` for its stats page), and not a port of something else.",
  HAPROBE_DISCOVERY_FAILED:
    "Check the name in `discover:` by hand (`getent ahosts NAME`, for SRV `dig SRV NAME`); what was found before is kept meanwhile.",
  HAPROBE_DISCOVERY_TOO_MANY: "One haprobe watches 1,000 HAProxies: spread them over several.",
  HAPROBE_INTERNAL: "This is a fault of haprobe itself: please report it with the log line that names it.",
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_REMEDIES;

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
    return ERROR_REMEDIES[this.code];
  }
}

/** The error itself if it carries a code, else a HAPROBE_INTERNAL error that it caused. */
export function toHaprobeError(error: unknown): HaprobeError {
  if (error instanceof HaprobeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HaprobeError("HAPROBE_INTERNAL", `a fault of haprobe: ${message}`, { cause: error });
}
