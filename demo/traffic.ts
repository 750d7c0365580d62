import { Agent, request } from "node:https";
import { createSecureContext } from "node:tls";
import type { Clock } from "../server/clock.ts";
import { BACKENDS, CERTIFICATE_NAME } from "./backends.ts";
import { NAMESPACE_PATH } from "./stand-in/api-responses.ts";

/** Requests to each backend in a second. */
export const REQUESTS_PER_SECOND = 3;
const REQUEST_DEADLINE_MS = 2_000;
/** Twice the requests in flight when every one runs into its deadline. */
const IN_FLIGHT_MAX = 2 * BACKENDS.length * REQUESTS_PER_SECOND * (REQUEST_DEADLINE_MS / 1_000);
/** Number of a backend's last requests that are counted. */
const WINDOW_REQUESTS = 30;

/** Results of the last requests through one backend. */
export interface TrafficStats {
  readonly backend: string;
  readonly requests: number;
  readonly failed: number;
}

/** Running clients. */
export interface Traffic {
  stats(): readonly TrafficStats[];
  /** Aborts requests in flight. */
  stop(): Promise<void>;
}

/** The address of a frontend. */
export type FrontendAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

export interface TrafficOptions {
  readonly addressOf: (backend: string) => FrontendAddress;
  readonly ca: string;
  readonly token: string;
  readonly clock: Clock;
}

/** Starts clients that read a namespace through each of HAProxy's frontends in turn. */
export function startTraffic({ addressOf, ca, token, clock }: TrafficOptions): Traffic {
  // A new connection each, so that HAProxy chooses a server each time.
  const agent = new Agent({
    keepAlive: false,
    secureContext: createSecureContext({ ca }),
    servername: CERTIFICATE_NAME,
  });
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const outcomes = new Map<string, boolean[]>(BACKENDS.map(({ name }) => [name, []]));
  let turn = 0;

  const ask = (backend: string): Promise<boolean> =>
    new Promise((resolve) => {
      const asked = request({
        agent,
        ...addressOf(backend),
        path: NAMESPACE_PATH,
        headers: { host: CERTIFICATE_NAME, authorization: `Bearer ${token}` },
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(REQUEST_DEADLINE_MS)]),
      });
      asked.on("response", (response) => {
        response.on("error", () => {});
        response.once("close", () => resolve(response.complete && response.statusCode === 200));
        response.resume();
      });
      asked.on("error", () => resolve(false));
      asked.end();
    });
  const send = async (backend: string): Promise<void> => {
    const worked = await ask(backend);
    const last = outcomes.get(backend);
    last?.push(worked);
    if (last !== undefined && last.length > WINDOW_REQUESTS) last.shift();
  };

  let cancel = (): void => {};
  const tick = (): void => {
    cancel = clock.after(1_000 / (BACKENDS.length * REQUESTS_PER_SECOND), tick);
    const backend = BACKENDS[turn % BACKENDS.length];
    turn += 1;
    if (backend === undefined || underWay.size >= IN_FLIGHT_MAX) return;
    const sent = send(backend.name).finally(() => underWay.delete(sent));
    underWay.add(sent);
  };
  tick();

  return {
    stats: () =>
      [...outcomes].map(([backend, last]) => ({
        backend,
        requests: last.length,
        failed: last.filter((worked) => !worked).length,
      })),
    async stop() {
      cancel();
      stopping.abort();
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}
