import type { ServerResponse } from "node:http";
import type { ErrorRequestHandler, RequestHandler, Response } from "express";
import { PROBLEM_CONTENT_TYPE, createProblemDetails } from "../access/problem-details.ts";
import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";

/** Ends the response with RFC 9457 problem details. */
export function sendProblem(response: Response, status: number, detail: string): void {
  response.locals["detail"] = detail;
  response
    .status(status)
    .set("cache-control", "no-store")
    .type(PROBLEM_CONTENT_TYPE)
    .send(Buffer.from(JSON.stringify(createProblemDetails(status, detail))));
}

/** Answers 503 where the store cannot be used: it may be back soon. Throws any other error, which is a fault of haprobe. */
export function sendStoreProblem(response: Response, error: unknown, detail: string): void {
  if (!(error instanceof HaprobeError)) throw error;
  sendRetry(response, detail);
}

/** Answers 503: the same request may succeed in some seconds. */
export function sendRetry(response: Response, detail: string): void {
  sendProblem(response.set("retry-after", "5"), 503, detail);
}

/** Ends a response that express does not handle with problem details. */
export function sendProblemBelowExpress(response: ServerResponse, status: number, detail: string): void {
  const body = JSON.stringify(createProblemDetails(status, detail));
  response.writeHead(status, { "content-type": PROBLEM_CONTENT_TYPE, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** The same, and its connection. */
export function sendProblemAndClose(response: ServerResponse, status: number, detail: string): void {
  response.setHeader("connection", "close");
  sendProblemBelowExpress(response, status, detail);
}

/** 404 for a path without a route. */
export const notFound: RequestHandler = (_request, response) => {
  sendProblem(response, 404, "There is nothing at this path.");
};

/** 405 for another method than those of a path: `GET, HEAD`, or `POST`. */
export function methodNotAllowed(allowed: string): RequestHandler {
  return (_request, response) => {
    response.set("allow", allowed);
    sendProblem(response, 405, `This path takes ${allowed} only.`);
  };
}

/** The last handler: answers an error with problem details; `onFault` gets those that are no fault of the client. */
export function createErrorHandler(onFault: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    if (status === 500) onFault(error);
    sendProblem(response, status, detailOf(status));
  };
}

/** Express and its body parser set a 4xx `status` on errors of the client. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}

function detailOf(status: number): string {
  if (status === 500) return "haprobe failed to answer; its log has the error.";
  if (status === 413) return `A request body has at most ${BOUNDS.requestBodyMaxBytes} bytes.`;
  if (status === 415) return "The body's encoding is not supported.";
  return "The request cannot be read.";
}
