import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { BOUNDS } from "../bounds.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";

/** A request to a haprobe: GET, or POST where there is a body. */
export interface ServiceRequest {
  readonly path: string;
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** The answer of a haprobe; a redirect is not followed. */
export interface ServiceResponse {
  readonly status: number;
  readonly text: string;
}

/** Sends a request and reads the answer; rejects with the error of the connection, and for an answer beyond `pollResponseMaxBytes`. */
export async function requestService(
  endpoint: ServiceEndpoint,
  { path, body, headers = {}, timeoutMs }: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceResponse> {
  const target = new URL(path, endpoint.url);
  const isTls = target.protocol === "https:";
  const request = isTls ? (await import("node:https")).request : httpRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent: ClientRequest = request(target, {
      method: body === undefined ? "GET" : "POST",
      agent: false,
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      ...(endpoint.socketPath === null ? {} : { socketPath: endpoint.socketPath }),
      ...(isTls ? endpoint.tls : {}),
    });
    sent.once("response", resolve);
    sent.once("error", reject);
    sent.end(body);
  });
  return { status: response.statusCode ?? 0, text: await readText(response) };
}

/** Why a request failed, in a few words. */
export function failureText(error: unknown): string {
  const { cause, code } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? code ?? (error instanceof Error ? error.message : String(error));
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BOUNDS.pollResponseMaxBytes) throw new Error("the response is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
