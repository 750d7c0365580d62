import { BOUNDS } from "../bounds.ts";
import type { DiscoverySettings, InstanceSettings, RemoteStatsAddress, StatsAddress } from "../contract/settings.ts";
import { redactStatsAddress } from "../contract/redacted-stats-address.ts";
import { DEFAULT_TLS } from "./defaults.ts";
import { withStatsAccess } from "./stats-access.ts";
import { pickInstanceName } from "./instance-name.ts";
import type { DiscoveryInput, HaproxyDefaultsInput, InstanceInput } from "./instance-schema.ts";
import type { ResolveKeyFile } from "./referenced-file.ts";

const DEFAULT_SITE = "default";
const DEFAULT_NETWORK = "default";
const DEFAULT_PAGE = "/stats";

/** One entry of `haproxy:` with what it leaves open taken from `haproxy-defaults:`. */
export function buildInstance(
  input: InstanceInput,
  defaults: HaproxyDefaultsInput,
  fileOf: ResolveKeyFile,
): InstanceSettings {
  const stats = withStatsAccess(input.stats, { ...defaults, ...input }, fileOf);
  return { name: input.name, stats, statsText: redactStatsAddress(stats), ...buildCommon(input, defaults) };
}

/** An entry with `discover`. */
export function buildDiscovery(
  input: DiscoveryInput,
  defaults: HaproxyDefaultsInput,
  fileOf: ResolveKeyFile,
): DiscoverySettings {
  const { dns, port, scheme, path } = input.discover;
  const nowhere = { host: "", port: 0 };
  const open: RemoteStatsAddress =
    scheme === "http" || scheme === "https"
      ? {
          kind: "page",
          ...nowhere,
          path: path ?? DEFAULT_PAGE,
          login: null,
          headers: {},
          tls: scheme === "https" ? DEFAULT_TLS : null,
        }
      : scheme === "tls"
        ? { kind: "tls", ...nowhere, tls: DEFAULT_TLS }
        : { kind: scheme, ...nowhere };
  const stats = withStatsAccess(open, { ...defaults, ...input }, fileOf);
  const name = input.name ?? (dns.replace(/[^a-z0-9.-]+/g, "").replace(/^[.-]+/, "") || "haproxy");
  return { name, dns, port: port ?? null, template: { stats, ...buildCommon(input, defaults) } };
}

function buildCommon(
  input: Pick<InstanceInput, "every" | "site" | "network" | "labels" | "address-map">,
  defaults: HaproxyDefaultsInput,
): Omit<InstanceSettings, "name" | "stats" | "statsText"> {
  return {
    everyMs: input.every ?? defaults.every ?? BOUNDS.pollEveryMs,
    site: input.site ?? defaults.site ?? DEFAULT_SITE,
    network: input.network ?? defaults.network ?? DEFAULT_NETWORK,
    labels: { ...defaults.labels, ...input.labels },
    addressMap: input["address-map"] ?? [],
  };
}

/** Adds instances that were given by their address only; those that are there already are left as they are. */
export function addInstances(
  instances: readonly InstanceSettings[],
  addresses: readonly StatsAddress[],
  defaults: HaproxyDefaultsInput,
  fileOf: ResolveKeyFile,
): InstanceSettings[] {
  const all = [...instances];
  for (const stats of addresses) {
    if (all.some((instance) => instance.statsText === redactStatsAddress(stats))) continue;
    const name = pickInstanceName(stats, new Set(all.map((instance) => instance.name)));
    all.push(buildInstance({ name, stats }, defaults, fileOf));
  }
  return all;
}
