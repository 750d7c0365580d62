import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { BOUNDS } from "../bounds.ts";

/** The answer of a running haprobe, or why there is none. */
export type ApiResult =
  | { readonly kind: "body"; readonly body: unknown }
  | { readonly kind: "refused"; readonly status: number; readonly message: string }
  | { readonly kind: "unreachable"; readonly message: string };

/** A request to the API of the haprobe at `url`: GET, or POST where there is a body. Never rejects. */
export async function requestApi(
  url: URL,
  path: string,
  signal: AbortSignal,
  options: { readonly body?: object; readonly tokenFile?: string | undefined } = {},
): Promise<ApiResult> {
  const { body, tokenFile } = options;
  const target = new URL(path, url.href.endsWith("/") ? url : `${url.href}/`);
  try {
    const token = tokenFile === undefined ? null : readFileSync(tokenFile, "utf8").trim();
    const response = await fetch(target, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(BOUNDS.apiWriteTimeoutMs)]),
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      redirect: "error",
    });
    const text = await response.text();
    if (response.ok) return { kind: "body", body: JSON.parse(text) };
    return {
      kind: "refused",
      status: response.status,
      message: detailOf(text) ?? `${url.origin} answers ${response.status}`,
    };
  } catch (error) {
    const { cause, code } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
    const why = cause?.code ?? code ?? (error instanceof Error ? error.message : String(error));
    return { kind: "unreachable", message: `no haprobe answers at ${url.origin}: ${why}` };
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
