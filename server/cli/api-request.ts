import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { BOUNDS } from "../bounds.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";
import { failureText, requestService } from "./service-request.ts";

/** The answer of a running haprobe, or why there is none. */
export type ApiResult =
  | { readonly kind: "body"; readonly body: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly message: string }
  | { readonly kind: "unreachable"; readonly message: string };

/** A request to the API of a running haprobe: GET, or POST where there is a body. Never rejects. */
export async function requestApi(
  endpoint: ServiceEndpoint,
  path: string,
  signal: AbortSignal,
  options: { readonly body?: object; readonly tokenFile?: string | undefined } = {},
): Promise<ApiResult> {
  const { body, tokenFile } = options;
  try {
    const token = tokenFile === undefined ? null : readFileSync(tokenFile, "utf8").trim();
    const headers = {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    const request = { path, headers, body: body && JSON.stringify(body), timeoutMs: BOUNDS.apiWriteTimeoutMs };
    const { status, text } = await requestService(endpoint, request, signal);
    if (status >= 200 && status <= 299) return { kind: "body", body: JSON.parse(text) };
    return { kind: "refused", status, message: detailOf(text) ?? `${endpoint.name} answers ${status}` };
  } catch (error) {
    return { kind: "unreachable", message: `no haprobe answers at ${endpoint.name}: ${failureText(error)}` };
  }
}

/** Name of the user who runs the command. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}

function detailOf(text: string): string | null {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === "string" ? detail : null;
  } catch {
    return null;
  }
}
