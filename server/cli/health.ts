import { BOUNDS } from "../bounds.ts";
import { HEALTH_EXIT } from "./exit-code.ts";
import { isOnThisMachine, type ServiceEndpoint, serviceEndpoint, type ServiceOptions } from "./service-endpoint.ts";
import { failureText, requestService } from "./service-request.ts";

/** `haprobe health`: prints what `/readyz` of a running haprobe answers; resolves with the exit code. */
export async function health(
  options: ServiceOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const found = await serviceEndpoint(options);
  if (typeof found === "string") return fail(found);
  const endpoint = withoutVerification(found);
  try {
    const request = { path: "readyz", timeoutMs: BOUNDS.healthTimeoutMs };
    const { status, text } = await requestService(endpoint, request, signal);
    if (status < 200 || status > 299) return fail(`${endpoint.name} is not ready: ${text.trimEnd()}`);
    print(`${text.trimEnd()}\n`);
    return HEALTH_EXIT.ready;
  } catch (error) {
    return fail(`no haprobe answers at ${endpoint.name}: ${failureText(error)}`);
  }
}

/**
 * On this machine the certificate is not verified: nothing secret is sent, and a renewed file that the service refused
 * must not make a supervisor restart it into that file.
 */
function withoutVerification(endpoint: ServiceEndpoint): ServiceEndpoint {
  return isOnThisMachine(endpoint) ? { ...endpoint, tls: { ...endpoint.tls, rejectUnauthorized: false } } : endpoint;
}

function fail(text: string): number {
  process.stderr.write(`haprobe: ${text}\n`);
  return HEALTH_EXIT.notReady;
}
