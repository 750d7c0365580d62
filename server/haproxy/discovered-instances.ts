import { createHash } from "node:crypto";
import type { DiscoverySettings, InstanceSettings, RemoteStatsAddress } from "../contract/settings.ts";
import { redactStatsAddress } from "../contract/redacted-stats-address.ts";
import type { DnsEndpoint } from "./dns-lookup.ts";

/** Longest name of an instance. */
const NAME_MAX = 63;

/** One instance per endpoint, ordered by name; an endpoint has the same name in each response: `lb-10-0-0-1`. */
export function buildDiscoveredInstances(
  settings: DiscoverySettings,
  endpoints: readonly DnsEndpoint[],
): InstanceSettings[] {
  const portsByHost = new Map<string, Set<number>>();
  for (const endpoint of endpoints) {
    const port = settings.port ?? endpoint.port;
    const host = endpoint.host.toLowerCase();
    if (port !== null) portsByHost.set(host, (portsByHost.get(host) ?? new Set()).add(port));
  }
  const instances: InstanceSettings[] = [];
  for (const [host, ports] of portsByHost) {
    for (const port of ports) {
      const stats: RemoteStatsAddress = { ...settings.template.stats, host, port };
      const name = instanceNameFor(settings.name, ports.size > 1 ? `${host}-${port}` : host);
      instances.push({ ...settings.template, name, stats, statsText: redactStatsAddress(stats) });
    }
  }
  return instances.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The dots of an address become dashes, as in the host names of cloud providers; those of a host name stay. */
function instanceNameFor(base: string, host: string): string {
  const isAddress = /^[\d.]+(?:-\d+)?$/.test(host);
  const suffix = (isAddress ? host.replaceAll(".", "-") : host).replace(/[^a-z0-9.-]/g, "-");
  const name = `${base}-${suffix}`;
  if (name.length <= NAME_MAX) return name;
  // A hash keeps the truncated names of two hosts different.
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, NAME_MAX - hash.length - 1)}-${hash}`;
}
