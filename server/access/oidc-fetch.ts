import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BOUNDS } from "../bounds.ts";
import { limitInterimResponses } from "../interim-responses.ts";

/** The parts of a fetch that an identity provider is asked with. */
export interface ProviderRequest {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null | undefined;
}

/** Asks an identity provider, verified by these authorities, those of the system without any; rejects an answer beyond `oidcResponseMaxBytes`. Follows no redirect. */
export async function fetchProvider(
  url: string,
  request: ProviderRequest,
  ca: string | null,
  timeoutMs: number,
): Promise<Response> {
  const { method = "GET", headers = {}, body, signal } = request;
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const deadline = AbortSignal.timeout(timeoutMs);
  const text = typeof body === "string" || body instanceof URLSearchParams ? body.toString() : undefined;
  return new Promise((resolve, reject) => {
    const sent = send(url, {
      method,
      headers: { ...headers, ...(text === undefined ? {} : { "content-length": Buffer.byteLength(text) }) },
      agent: false,
      signal: signal == null ? deadline : AbortSignal.any([signal, deadline]),
      ...(ca === null ? {} : { ca }),
    });
    limitInterimResponses(sent);
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.once("error", reject);
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > BOUNDS.oidcResponseMaxBytes) response.destroy(new Error("the answer of the provider is too large"));
        else chunks.push(chunk);
      });
      response.once("end", () => {
        const { statusCode = 502 } = response;
        const isEmpty = statusCode === 204 || statusCode === 304 || statusCode < 200;
        const type = response.headers["content-type"];
        resolve(
          new Response(isEmpty ? null : Buffer.concat(chunks), {
            status: Math.max(200, statusCode),
            headers: type === undefined ? {} : { "content-type": type },
          }),
        );
      });
    });
    sent.end(text);
  });
}
