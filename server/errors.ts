/** Every error that haprobe can name, with the remedy; docs/errors.md explains each, and a test holds the two together. */
export const ERRORS = {
  HAPROBE_CONFIG_UNREADABLE: "Check that the file exists and that haprobe's user may read it.",
  HAPROBE_CONFIG_INVALID: "Mend the line that is named; `haprobe config check` tells whether it is right.",
  HAPROBE_USAGE: "See `haprobe --help`.",
  HAPROBE_LISTEN_FAILED:
    "Another program uses the address, or it is not one of this machine: choose another with --listen.",
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
