import { isDeepStrictEqual } from "node:util";
import { BOUNDS } from "../bounds.ts";
import { type Clock, sleep } from "../clock.ts";
import type { DiscoverySettings, InstanceSettings } from "../contract/settings.ts";
import { type ErrorCode, HaprobeError } from "../errors.ts";
import { buildDiscoveredInstances } from "./discovered-instances.ts";
import { type DnsEndpoint, type ResolveDns, systemResolve } from "./dns-lookup.ts";

/** A failed lookup, or a name with more endpoints than are polled. */
export interface DiscoveryFailure {
  /** Name of the entry in `haproxy:`. */
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface DiscoveryOptions {
  readonly settings: DiscoverySettings;
  readonly clock: Clock;
  /** Called with all instances after the first successful lookup and after each lookup that changes them. */
  readonly onInstancesChanged: (instances: readonly InstanceSettings[]) => void;
  /** Called after each failed lookup; the previous instances stay. */
  readonly onFailure?: (failure: DiscoveryFailure) => void;
  /** Default: the system's resolver. */
  readonly resolve?: ResolveDns;
}

/** Keeps the instances of one DNS name up to date. */
export interface Discovery {
  /** Starts with an immediate lookup. */
  start(): void;
  /** Resolves when no timer is left; no callback runs after that. */
  stop(): Promise<void>;
}

/** Resolves a name every 30 s, sooner after a failure; an empty response is a failure, so that a DNS outage removes no instance. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { settings, clock } = options;
  const resolve = options.resolve ?? systemResolve;
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let last: readonly InstanceSettings[] | null = null;
  let pendingLookup: Promise<unknown> | null = null;

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
      const endpoints = await lookUp(signal);
      if (signal.aborted) return;
      if (endpoints !== null) apply(endpoints);
      await sleep(clock, endpoints === null ? BOUNDS.discoverRetryMs : BOUNDS.discoverEveryMs, signal);
    }
  }

  function apply(endpoints: readonly DnsEndpoint[]): void {
    const all = buildDiscoveredInstances(settings, endpoints);
    const instances = all.slice(0, BOUNDS.instancesMax);
    if (instances.length < all.length) {
      fail(
        "HAPROBE_DISCOVERY_TOO_MANY",
        `${settings.dns} has ${all.length} endpoints, of which ${instances.length} are polled`,
      );
    }
    if (isDeepStrictEqual(instances, last)) return;
    try {
      options.onInstancesChanged(instances);
      last = instances;
    } catch (error) {
      // A listener that throws must not end the discovery: the next lookup tries again.
      fail("HAPROBE_INTERNAL", `${settings.dns}: ${errorMessage(error)}`);
    }
  }

  /** Null after a failure, which is reported. */
  async function lookUp(signal: AbortSignal): Promise<readonly DnsEndpoint[] | null> {
    if (pendingLookup !== null) {
      fail("HAPROBE_DISCOVERY_FAILED", `${settings.dns}: the previous DNS lookup is still pending`);
      return null;
    }
    const cancelled = new AbortController();
    const late = Promise.withResolvers<never>();
    const abort = (reason: unknown): void => {
      cancelled.abort(reason);
      late.reject(reason);
    };
    const onStop = (): void => abort(signal.reason);
    signal.addEventListener("abort", onStop, { once: true });
    const cancelDeadline = clock.after(BOUNDS.discoverTimeoutMs, () =>
      abort(new Error(`DNS did not answer within ${BOUNDS.discoverTimeoutMs} ms`)),
    );
    const records = settings.dns.startsWith("_") ? "services" : "addresses";
    const lookup = resolve({ name: settings.dns, records }, cancelled.signal);
    // The system's resolver cannot be cancelled, so the next lookup waits for it.
    pendingLookup = lookup.then(clearPending, clearPending);
    try {
      const endpoints = await Promise.race([lookup, late.promise]);
      if (endpoints.length === 0) throw new HaprobeError("HAPROBE_DISCOVERY_FAILED", "DNS returned no records");
      return endpoints;
    } catch (error) {
      if (!signal.aborted) fail("HAPROBE_DISCOVERY_FAILED", `${settings.dns}: ${errorMessage(error)}`);
      return null;
    } finally {
      cancelDeadline();
      signal.removeEventListener("abort", onStop);
    }

    function clearPending(): void {
      pendingLookup = null;
    }
  }

  function fail(code: ErrorCode, message: string): void {
    options.onFailure?.({ name: settings.name, code, message });
  }
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
