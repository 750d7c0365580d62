import type { ErrorCode } from "../errors.ts";

/** One error of the configuration: what is wrong, and what would be right. */
export interface ConfigError {
  readonly code: Extract<ErrorCode, "HAPROBE_CONFIG_UNREADABLE" | "HAPROBE_CONFIG_INVALID" | "HAPROBE_USAGE">;
  /** The file as it was given, or the option of the command line (`--listen`). */
  readonly file: string;
  /** From 1; null where there is no line, as for an option. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

/** An error at a position of a file. */
export function configError(
  file: string,
  { line, column }: { line: number; column: number },
  message: string,
): ConfigError {
  return { code: "HAPROBE_CONFIG_INVALID", file, line, column, message };
}

/** A file or a folder that cannot be read. */
export function unreadableFile(file: string, message: string): ConfigError {
  return { code: "HAPROBE_CONFIG_UNREADABLE", file, line: null, column: null, message };
}

/** `file:line:column: message`, the form that editors and terminals can open. */
export function formatConfigError({ file, line, column, message }: ConfigError): string {
  return line === null ? `${file}: ${message}` : `${file}:${line}:${column ?? 1}: ${message}`;
}

/** Sorts errors by their position in the file. */
export function sortConfigErrors(errors: readonly ConfigError[]): ConfigError[] {
  return errors.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
