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

/**
 * The response with its body decompressed where its coding is known and `decodes` is set; `complete`: all of the body
 * was received. `expandsTooFar`: a few bytes become so many that decompressing them again is not worth it.
 */
export function decodeResponse(
  head: ResponseHead,
  received: Buffer,
  complete: boolean,
  decodes: boolean,
): { readonly response: HttpResponse; readonly expandsTooFar: boolean } {
  const { status, statusText, headers } = head;
  const coding = normalizeContentEncoding(headers["content-encoding"] ?? "");
  const output = coding === "" || received.length === 0 ? received : decodes ? decodeContent(coding, received) : null;
  const decoded = output === "too-large" ? null : output;
  const body = (decoded ?? received).subarray(0, BOUNDS.probeBodyReadBytes);
  const response = {
    status,
    statusText,
    contentType: headers["content-type"] ?? "",
    contentEncoding: decoded === null ? coding : "",
    location: headers.location ?? "",
    body: body.toString("utf8"),
    complete: complete && body.length === (decoded ?? received).length,
  };
  return { response, expandsTooFar: output === "too-large" };
}
