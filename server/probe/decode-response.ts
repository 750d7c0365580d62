import type { IncomingHttpHeaders } from "node:http";
import { BOUNDS } from "../bounds.ts";
import { decodeContent } from "./content-decoding.ts";
import type { HttpResponse } from "./http-response.ts";
import { normalizeContentEncoding } from "./simple-response.ts";

/** Status line and headers of a response, as Node's parsers return them. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
}

/** The response with its body decompressed where its coding is known; `complete`: all of the body was received. */
export function decodeResponse(head: ResponseHead, received: Buffer, complete: boolean): HttpResponse {
  const { status, statusText, headers } = head;
  const coding = normalizeContentEncoding(headers["content-encoding"] ?? "");
  const decoded = coding === "" || received.length === 0 ? received : decodeContent(coding, received);
  const body = (decoded ?? received).subarray(0, BOUNDS.probeBodyReadBytes);
  return {
    status,
    statusText,
    contentType: headers["content-type"] ?? "",
    contentEncoding: decoded === null ? coding : "",
    location: headers.location ?? "",
    body: body.toString("utf8"),
    complete: complete && body.length === (decoded ?? received).length,
  };
}
