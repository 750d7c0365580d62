import type { Deadline } from "./deadline.ts";
import { exchangeHttp2 } from "./http2-exchange.ts";
import type { SocketReader } from "./socket-reader.ts";

/** A unary call: request and response are one message each. Header names in lower case. */
export interface GrpcRequest {
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly frame: Buffer;
}

/** The response; untrusted. */
export interface GrpcResponse {
  readonly httpStatus: number;
  /** `grpc-status` from the trailers, or from the headers of a trailers-only response; null for none. */
  readonly grpcStatus: number | null;
  readonly grpcMessage: string;
  readonly frame: Buffer;
}

/**
 * Calls once on an open socket and closes it. Rejects where no complete response came: with the error of the socket or
 * of HTTP/2, or with the deadline's reason.
 */
export async function callGrpc(reader: SocketReader, request: GrpcRequest, deadline: Deadline): Promise<GrpcResponse> {
  const { frame, headers, ...rest } = request;
  const allHeaders = new Map([...headers, ["content-type", "application/grpc"], ["te", "trailers"]]);
  const http = { ...rest, method: "POST", headers: allHeaders, body: frame, endsAtHeaders: null };
  const response = await exchangeHttp2(reader, http, deadline);
  if (response.readError !== null) throw response.readError;
  const status = firstValue(response.trailers["grpc-status"] ?? response.headers["grpc-status"]);
  return {
    httpStatus: response.headers[":status"] ?? 0,
    grpcStatus: /^\d{1,3}$/.test(status) ? Number(status) : null,
    grpcMessage: decodeMessage(firstValue(response.trailers["grpc-message"] ?? response.headers["grpc-message"])),
    frame: response.body,
  };
}

function firstValue(value: string | string[] | undefined): string {
  return Array.isArray(value) ? (value[0] ?? "") : (value ?? "");
}

/** gRPC percent-encodes messages; an invalid encoding is kept as it is. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
