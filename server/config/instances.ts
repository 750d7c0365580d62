import { BOUNDS } from "../bounds.ts";
import type {
  DiscoverySettings,
  InstanceSettings,
  RemoteStatsAddress,
  Settings,
  StatsAddress,
} from "../contract/settings.ts";
import { redactStatsAddress } from "../contract/redacted-stats-address.ts";
import { DEFAULT_TLS } from "./defaults.ts";
import { type StatsAccess, withStatsAccess } from "./stats-access.ts";
import { pickInstanceName } from "./instance-name.ts";
import type { DiscoveryInput, HaproxyDefaultsInput, InstanceInput } from "./instance-schema.ts";
import type { ResolveKeyFile } from "./referenced-file.ts";

/** The site of what names none. */
export const DEFAULT_SITE = "default";
const DEFAULT_NETWORK = "default";
const DEFAULT_PAGE = "/stats";

type EntryKeys = Omit<InstanceInput, "name" | "stats">;
type CommonKeys = Omit<EntryKeys, "cfg">;

/** One entry of `haproxy:`; what it leaves open comes from `haproxy-defaults:`. */
export function buildInstance(
  { name, stats: address, ...keys }: { readonly name: string; readonly stats: StatsAddress } & Partial<EntryKeys>,
  defaults: HaproxyDefaultsInput,
  fileOf: ResolveKeyFile,
): InstanceSettings {
  const stats = withStatsAccess(address, ownOrShared(keys, defaults), fileOf);
  const cfg = (keys.cfg ?? []).map((file) => fileOf(file, "cfg")).filter((path) => path !== null);
  const common = buildCommon(keys, defaults);
  return { name, stats, statsText: redactStatsAddress(stats), ...common, ...(cfg.length === 0 ? {} : { cfg }) };
}

/** An entry with `discover`. */
export function buildDiscovery(
  { name, discover: { dns, port, scheme, path }, ...keys }: DiscoveryInput,
  defaults: HaproxyDefaultsInput,
  fileOf: ResolveKeyFile,
): DiscoverySettings {
  const stats = withStatsAccess(addressTemplate(scheme, path), ownOrShared(keys, defaults), fileOf);
  return {
    name: name ?? (dns.replace(/[^a-z0-9.-]+/g, "").replace(/^[.-]+/, "") || "haproxy"),
    dns,
    port,
    template: { stats, ...buildCommon(keys, defaults) },
  };
}

/** An address whose host and port come from DNS. */
function addressTemplate(scheme: DiscoveryInput["discover"]["scheme"], path: string | null): RemoteStatsAddress {
  const unknown = { host: "", port: 0 };
  if (scheme === "tls") return { kind: scheme, ...unknown, tls: DEFAULT_TLS };
  if (scheme !== "http" && scheme !== "https") return { kind: scheme, ...unknown };
  const tls = scheme === "https" ? DEFAULT_TLS : null;
  return { kind: "page", ...unknown, path: path ?? DEFAULT_PAGE, login: null, headers: {}, tls };
}

function ownOrShared(keys: Partial<CommonKeys>, defaults: HaproxyDefaultsInput): StatsAccess {
  const own = Object.entries(keys).filter(([, value]) => value !== null);
  return { ...defaults, ...Object.fromEntries(own) };
}

function buildCommon(
  keys: Partial<CommonKeys>,
  defaults: HaproxyDefaultsInput,
): Omit<InstanceSettings, "name" | "stats" | "statsText"> {
  return {
    everyMs: keys.everyMs ?? defaults.everyMs ?? BOUNDS.pollEveryMs,
    site: keys.site ?? defaults.site ?? DEFAULT_SITE,
    network: keys.network ?? defaults.network ?? DEFAULT_NETWORK,
    labels: { ...defaults.labels, ...keys.labels },
    addressMap: keys.addressMap ?? [],
  };
}

/** Adds instances that are given by their address only; one that is there already is not added again. */
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

/** True where no HAProxy is named, also not by a name in DNS. */
export function hasNoInstances({ instances, discoveries }: Pick<Settings, "instances" | "discoveries">): boolean {
  return instances.length + discoveries.length === 0;
}
