/** The remedy of each error code; a test compares the codes with docs/errors.md. */
export const ERROR_REMEDIES = {
  HAPROBE_CONFIG_UNREADABLE: "Check that the file exists and that haprobe's user may read it.",
  HAPROBE_CONFIG_INVALID: "Fix the reported line; `haprobe config check` shows whether it is valid.",
  HAPROBE_USAGE: "See `haprobe --help`.",
  HAPROBE_LISTEN_FAILED:
    "Another program uses the address, or it is not an address of this machine: choose another with --listen.",
  HAPROBE_LISTENER_TLS_UNUSABLE:
    "Correct `tls: {cert-file, key-file, client-ca-file}`: PEM files that haprobe's user may read, the certificate first with its chain behind it, the key without a passphrase.",
  HAPROBE_STATS_REFUSED:
    "HAProxy is not running there, or is stopping (its socket file remains): start it, or correct `stats:`.",
  HAPROBE_STATS_SOCKET_MISSING:
    "Correct the path in `stats:`, or add `stats socket PATH mode 660 level user` to HAProxy's global section. In a container mount the directory of the socket, not the file: a reload replaces it.",
  HAPROBE_STATS_FORBIDDEN:
    "Add haprobe's user to the socket's group: `usermod -aG haproxy <user>`, then restart haprobe; the socket needs `mode 660 group haproxy`.",
  HAPROBE_STATS_BUSY: "Close idle clients of the stats socket, or raise `stats maxconn` (default 10).",
  HAPROBE_STATS_TIMED_OUT:
    "HAProxy hangs or is overloaded, its `stats maxconn` (default 10) is exhausted, or a firewall drops the packets.",
  HAPROBE_STATS_UNREACHABLE: "Check the address in `stats:`, its name in DNS, and the network in between.",
  HAPROBE_STATS_TRUNCATED:
    "HAProxy closed the connection before its response was complete: raise `stats timeout`, and check whether it or this machine is overloaded.",
  HAPROBE_STATS_TOO_LARGE: "Check that `stats:` names a stats socket; HAProxy's own responses are far smaller.",
  HAPROBE_STATS_TOO_MANY_SERVERS: "This HAProxy has more servers than one haprobe monitors: spread them over several.",
  HAPROBE_STATS_UNKNOWN_COMMAND:
    "A worker's `stats socket` is written `stats: unix:PATH`, the master's (`haproxy -W -S PATH`) `stats: unix-master:PATH`: this one is of the other kind.",
  HAPROBE_STATS_PERMISSION_DENIED: "Give the stats socket at least `level user`.",
  HAPROBE_STATS_NO_WORKER:
    "The master runs without a worker: see HAProxy's log, and check its configuration with `haproxy -c -f /etc/haproxy/haproxy.cfg`.",
  HAPROBE_STATS_UNTRUSTED:
    "Set the `ca-file` that signed this certificate and, where it has another name, `server-name`.",
  HAPROBE_STATS_TLS_FAILED:
    "HAProxy accepts `ssl` on a `stats socket` line and speaks plain text regardless. Put a section in front of it: `listen stats-tls`, `mode tcp`, `bind :9999 ssl crt FILE`, `server runtime-api unix@/run/haproxy/admin.sock`. Where it has `verify required`, set `client-cert-file` and `client-key-file`.",
  HAPROBE_STATS_FILE_UNREADABLE:
    "Correct the file's name, or give haprobe's user permission to read it; certificates and keys are in PEM.",
  HAPROBE_STATS_UNAUTHORIZED:
    "Set the user and password of a line `stats auth haprobe:PASSWORD`: `stats: http://haprobe@HOST:8404/stats` with `password-file: FILE`.",
  HAPROBE_STATS_PAGE_DENIED: "Allow haprobe: `stats http-request allow if { src ADDRESS_OF_HAPROBE }`.",
  HAPROBE_STATS_NO_PAGE:
    "Compare the path in `stats:` with `stats uri /stats`; a page needs `bind :8404`, `mode http`, `stats enable`, `stats uri /stats` and `stats show-legends` in one section.",
  HAPROBE_STATS_REDIRECTED:
    "Set `stats:` to the address of the redirect; haprobe follows none, since it would send the password along.",
  HAPROBE_STATS_NOT_CSV:
    "Check that `stats:` names the page itself (`stats uri /stats`), not another page of the same port.",
  HAPROBE_STATS_ENCODED:
    "A proxy in between compresses the page: exclude it with `filter compression` and `compression algo` in other sections only, or connect to HAProxy directly.",
  HAPROBE_STATS_NOT_HAPROXY:
    "Check that `stats:` names a `stats socket` of HAProxy 2.2 or later (`http://` for its stats page), not a port of another program.",
  HAPROBE_DISCOVERY_FAILED:
    "Check the name in `discover:` (`getent ahosts NAME`, for SRV `dig SRV NAME`); the previous instances stay until it resolves.",
  HAPROBE_DISCOVERY_TOO_MANY: "One haprobe monitors 1,000 HAProxies: spread them over several.",
  HAPROBE_INCIDENT_NOT_RECORDED:
    "`haprobe replay --json` lists the incidents of the recording; older ones than `recording.keep` are gone.",
  HAPROBE_RECORDING_UNWRITABLE:
    "Name a file that does not exist yet, with --output, in a folder that this user may write to.",
  HAPROBE_RECORDING_UNREADABLE: "Check that the file exists and that this user may read it.",
  HAPROBE_RECORDING_INVALID:
    "Use a file that `haprobe serve` recorded or `haprobe replay --export` wrote, with a haprobe of the same or a later version.",
  HAPROBE_RECORDING_TOO_LARGE:
    "Export a shorter stretch with `haprobe replay --export`; a file that holds more is no recording of haprobe.",
  HAPROBE_STORE_BACKUP_FAILED: "Name a file that does not exist yet, in a folder that haprobe's user may write.",
  HAPROBE_STORE_BEHIND:
    "The disk or the database is slow or overloaded: see its load; haprobe keeps monitoring meanwhile.",
  HAPROBE_STORE_DAMAGED:
    "Move the file aside, or put a backup (`haprobe db backup`) in its place, then restart haprobe: an empty file is begun where there is none.",
  HAPROBE_STORE_ENDED: "haprobe opens the database again by itself; if this recurs, report it with its log line.",
  HAPROBE_STORE_FAILED: "See haprobe's log for the error of the database.",
  HAPROBE_STORE_FULL: "Free space on the disk of the data directory, or shorten `retention:`.",
  HAPROBE_STORE_LOCKED: "Stop the other program that has the database open.",
  HAPROBE_STORE_NEWER:
    "The data was written by a newer haprobe: run that version, or restore the copy that it made (`haprobe.db.version-N`).",
  HAPROBE_STORE_UNREACHABLE: "Check the address, user and password in `database:`, and that PostgreSQL runs.",
  HAPROBE_STORE_UNWRITABLE: "Give haprobe's user permission to read and write the data directory, and check its disk.",
  HAPROBE_DATA_DIR_LOCKED:
    "One process uses a data directory: stop the other one, or give this one its own with --data-dir.",
  HAPROBE_INTERNAL: "This is a defect of haprobe: please report it with its log line.",
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_REMEDIES;

/** A failure that an operator can fix: a stable code, a sentence, and the cause. */
export class HaprobeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "HaprobeError";
    this.code = code;
  }

  /** How to fix it. */
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

/** The remedy of an error code; null for an unknown one, such as that of a newer haprobe. */
export function remedyOf(code: string): string | null {
  return Object.hasOwn(ERROR_REMEDIES, code) ? ERROR_REMEDIES[code as ErrorCode] : null;
}
