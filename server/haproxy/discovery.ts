import { isDeepStrictEqual } from "node:util";
import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import type { DiscoverySettings, InstanceSettings } from "../contract/settings.ts";
import { type ErrorCode, HaprobeError } from "../errors.ts";
import { buildDiscoveredInstances } from "./discovered-instances.ts";
import { type DnsEndpoint, type ResolveDns, systemResolve } from "./dns-lookup.ts";

/** A lookup that gave nothing, or more than is watched. */
export interface DiscoveryFailure {
  /** Name of the entry of `haproxy:`. */
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface DiscoveryOptions {
  readonly settings: DiscoverySettings;
  readonly clock: Clock;
  /** Called with all of them, at first and whenever they are others than before. Never called before the name was once found. */
  readonly onInstancesChanged: (instances: readonly InstanceSettings[]) => void;
  /** Called for each failed lookup; the instances found before stay. */
  readonly onFailure?: (failure: DiscoveryFailure) => void;
  /** Default: the machine's resolver. */
  readonly resolve?: ResolveDns;
}

/** Keeps the instances of one name in DNS. */
export interface Discovery {
  /** Begins with a lookup at once. */
  start(): void;
  /** Resolves when no timer is left and nobody will be called any more. */
  stop(): Promise<void>;
}

/** Looks a name up every 30 s, sooner after a failure. An empty answer is a failure, too: an outage of DNS must not make HAProxies vanish. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { settings, clock } = options;
  const resolve = options.resolve ?? systemResolve;
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let last: readonly InstanceSettings[] | null = null;
  let underWay: Promise<unknown> | null = null;

  return {
    start() {
      running ??= run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const found = await lookUp(signal);
      if (signal.aborted) return;
      if (found !== null) tell(found);
      await sleep(clock, found === null ? BOUNDS.discoverRetryMs : BOUNDS.discoverEveryMs, signal);
    }
  }

  function tell(places: readonly DnsEndpoint[]): void {
    const all = buildDiscoveredInstances(settings, places);
    const found = all.slice(0, BOUNDS.instancesMax);
    if (found.length < all.length) {
      fail(
        "HAPROBE_DISCOVERY_TOO_MANY",
        `${settings.dns} has ${all.length} places, ${found.length} of them are polled`,
      );
    }
    if (isDeepStrictEqual(found, last)) return;
    last = found;
    options.onInstancesChanged(found);
  }

  /** Null after a failure, which was told. */
  async function lookUp(signal: AbortSignal): Promise<readonly DnsEndpoint[] | null> {
    if (underWay !== null) {
      fail("HAPROBE_DISCOVERY_FAILED", `DNS still does not answer for ${settings.dns}`);
      return null;
    }
    const giveUp = new AbortController();
    const late = Promise.withResolvers<never>();
    const abort = (reason: unknown): void => {
      giveUp.abort(reason);
      late.reject(reason);
    };
    const stopped = (): void => abort(signal.reason);
    signal.addEventListener("abort", stopped, { once: true });
    const cancelDeadline = clock.after(BOUNDS.discoverTimeoutMs, () =>
      abort(new Error(`DNS did not answer within ${BOUNDS.discoverTimeoutMs} ms`)),
    );
    const records = settings.dns.startsWith("_") ? "services" : "addresses";
    const answer = resolve({ name: settings.dns, records }, giveUp.signal);
    // The system's resolver cannot be called back: nothing new is asked before it has come back by itself.
    underWay = answer.then(noticed, noticed);
    try {
      const places = await Promise.race([answer, late.promise]);
      if (places.length === 0) throw new HaprobeError("HAPROBE_DISCOVERY_FAILED", "DNS names no place");
      return places;
    } catch (error) {
      if (!signal.aborted) fail("HAPROBE_DISCOVERY_FAILED", `${settings.dns}: ${errorMessage(error)}`);
      return null;
    } finally {
      cancelDeadline();
      signal.removeEventListener("abort", stopped);
    }

    function noticed(): void {
      underWay = null;
    }
  }

  function fail(code: ErrorCode, message: string): void {
    options.onFailure?.({ name: settings.name, code, message });
  }
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
