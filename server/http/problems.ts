import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import { PROBLEM_CONTENT_TYPE, createProblemDetails } from "../access/problem-details.ts";
import { BOUNDS } from "../bounds.ts";

/** Ends the response with RFC 9457 problem details. */
export function sendProblem(response: Response, status: number, detail: string): void {
  response
    .status(status)
    .set("cache-control", "no-store")
    .type(PROBLEM_CONTENT_TYPE)
    .send(Buffer.from(JSON.stringify(createProblemDetails(status, detail))));
}

/** For the paths that nobody has taken. */
export const notFound: RequestHandler = (_request, response) => {
  sendProblem(response, 404, "There is nothing at this path.");
};

/** For a path that exists, asked in a way that it does not know. */
export const methodNotAllowed: RequestHandler = (_request, response) => {
  response.set("allow", "GET, HEAD");
  sendProblem(response, 405, "This path can only be read.");
};

/** The last handler: says what was wrong with the request, and nothing about our inside; `onFault` hears of what is our own fault. */
export function createErrorHandler(onFault: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    if (status === 500) onFault(error);
    sendProblem(response, status, detailOf(status, error));
  };
}

/** Express and its body parser mark what is the client's fault with a 4xx `status`. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}

function detailOf(status: number, error: unknown): string {
  if (status === 500) return "haprobe failed to answer; its log says why.";
  if (status === 413) return `A request body may have ${BOUNDS.requestBodyMaxBytes} bytes.`;
  if (status === 415) return "The body's encoding is not known here.";
  if ((error as { type?: unknown }).type === "entity.parse.failed") return "The body is not JSON.";
  return "The request cannot be read.";
}
