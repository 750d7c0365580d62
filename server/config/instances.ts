import { BOUNDS } from "../bounds.ts";
import type { InstanceSettings, StatsAddress } from "../contract/settings.ts";
import { nameFor } from "./instance-name.ts";
import type { HaproxyDefaultsInput, InstanceInput } from "./instance-schema.ts";
import { statsText } from "./stats-address.ts";

const DEFAULT_SITE = "default";
const DEFAULT_NETWORK = "default";

/** One entry of `haproxy:` with what it leaves open taken from `haproxy-defaults:`. */
export function instanceOf(input: InstanceInput, defaults: HaproxyDefaultsInput): InstanceSettings {
  return {
    name: input.name,
    stats: input.stats,
    statsText: statsText(input.stats),
    everyMs: input.every ?? defaults.every ?? BOUNDS.pollEveryMs,
    site: input.site ?? defaults.site ?? DEFAULT_SITE,
    network: input.network ?? defaults.network ?? DEFAULT_NETWORK,
    labels: { ...defaults.labels, ...input.labels },
    addressMap: input["address-map"] ?? [],
  };
}

/** Adds instances that were given by their address only; those that are there already are left as they are. */
export function withAddresses(
  instances: readonly InstanceSettings[],
  addresses: readonly StatsAddress[],
  defaults: HaproxyDefaultsInput = {},
): InstanceSettings[] {
  const all = [...instances];
  for (const stats of addresses) {
    if (all.some((instance) => instance.statsText === statsText(stats))) continue;
    const name = nameFor(stats, new Set(all.map((instance) => instance.name)));
    all.push(instanceOf({ name, stats }, defaults));
  }
  return all;
}
