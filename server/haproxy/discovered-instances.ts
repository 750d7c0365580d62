import { createHash } from "node:crypto";
import type { DiscoverySettings, InstanceSettings, RemoteStatsAddress } from "../contract/settings.ts";
import { redactStatsAddress } from "../contract/redacted-stats-address.ts";
import type { DnsEndpoint } from "./dns-lookup.ts";

/** Longest name of an instance. */
const NAME_MAX = 63;

/** One instance for each place, ordered by name. The same place has the same name in every answer: `lb-10-0-0-1`. */
export function buildDiscoveredInstances(
  settings: DiscoverySettings,
  places: readonly DnsEndpoint[],
): InstanceSettings[] {
  const ports = new Map<string, Set<number>>();
  for (const { host, port } of places) {
    const wanted = settings.port ?? port;
    if (wanted !== null) ports.set(host.toLowerCase(), (ports.get(host.toLowerCase()) ?? new Set()).add(wanted));
  }
  const found: InstanceSettings[] = [];
  for (const [host, each] of ports) {
    for (const port of each) {
      const stats: RemoteStatsAddress = { ...settings.template.stats, host, port };
      const name = instanceNameFor(settings.name, each.size > 1 ? `${host}-${port}` : host);
      found.push({ ...settings.template, name, stats, statsText: redactStatsAddress(stats) });
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Dots of an address become dashes, as in the names that clouds give; those of a host's name stay. */
function instanceNameFor(base: string, place: string): string {
  const isAddress = /^[\d.]+(?:-\d+)?$/.test(place);
  const suffix = (isAddress ? place.replaceAll(".", "-") : place).replace(/[^a-z0-9.-]/g, "-");
  const name = `${base}-${suffix}`;
  if (name.length <= NAME_MAX) return name;
  // Cut names of two places must not be the same.
  const mark = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, NAME_MAX - mark.length - 1)}-${mark}`;
}
