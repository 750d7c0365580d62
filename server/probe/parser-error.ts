/** An error of our own checks of a response, with a code as Node's HTTP parser has. */
export function parserError(message: string, code = "HPE_UNEXPECTED_MESSAGE"): Error {
  return Object.assign(new Error(message), { code });
}

/** Whether an error is about what was received: one of Node's HTTP parser, or of our own checks. */
export function isParserError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("HPE_");
}
