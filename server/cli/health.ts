import { BOUNDS } from "../bounds.ts";
import { HEALTH_EXIT } from "./exit-code.ts";
import { serviceUrl, type ServiceUrlOptions } from "./service-url.ts";

/** `haprobe health`: prints what `/readyz` of a running haprobe answers; resolves with the exit code. */
export async function health(
  options: ServiceUrlOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const url = await serviceUrl(options);
  if (typeof url === "string") return fail(url);
  try {
    const response = await fetch(new URL("readyz", url.href.endsWith("/") ? url : `${url.href}/`), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(BOUNDS.healthTimeoutMs)]),
      redirect: "error",
    });
    const text = (await response.text()).trimEnd();
    if (!response.ok) return fail(`${url.origin} is not ready: ${text}`);
    print(`${text}\n`);
    return HEALTH_EXIT.ready;
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    const why = cause?.code ?? (error instanceof Error ? error.message : String(error));
    return fail(`no haprobe answers at ${url.origin}: ${why}`);
  }
}

function fail(text: string): number {
  process.stderr.write(`haprobe: ${text}\n`);
  return HEALTH_EXIT.notReady;
}
