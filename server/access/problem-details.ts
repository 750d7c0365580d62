import { STATUS_CODES } from "node:http";

/** Content type of every HTTP error (RFC 9457). */
export const PROBLEM_CONTENT_TYPE = "application/problem+json";

/** RFC 9457 problem details: the status in words, and a sentence about this request. */
export interface ProblemDetails {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export function createProblemDetails(status: number, detail: string): ProblemDetails {
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail };
}

/** A complete HTTP/1.1 response with a problem, for a socket without a response object; it closes the connection. */
export function renderProblemResponse(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const body = JSON.stringify(createProblemDetails(status, detail));
  const lines = Object.entries({
    "content-type": PROBLEM_CONTENT_TYPE,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    connection: "close",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${lines.join("")}\r\n${body}`;
}
