/** An error of our own checks of a response, with a code as Node's HTTP parser has. */
export function parserError(message: string, code = "HPE_UNEXPECTED_MESSAGE"): Error {
  return Object.assign(new Error(message), { code });
}

/** An error of a response that exceeds one of our limits. */
export function limitError(message: string): Error {
  return parserError(message, "HPE_LIMIT_EXCEEDED");
}

/** Ours, and those of Node's parser. */
const LIMIT_CODES: ReadonlySet<string> = new Set([
  "HPE_LIMIT_EXCEEDED",
  "HPE_HEADER_OVERFLOW",
  "HPE_CHUNK_EXTENSIONS_OVERFLOW",
  "ERR_HTTP2_LIMIT_EXCEEDED",
  "ERR_SSL_LIMIT_EXCEEDED",
]);

/** Whether a response ended at a limit: no server sends so much, or in so many pieces, by mistake. */
export function isLimitError(error: unknown): boolean {
  return error instanceof Error && "code" in error && LIMIT_CODES.has(String(error.code));
}

/** Whether an error is about what was received: one of Node's HTTP parser, or of our own checks. */
export function isParserError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("HPE_");
}
