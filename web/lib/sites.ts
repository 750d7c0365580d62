/** What stands in a site. */
interface Placed {
  readonly site: string;
}

/** The sites of these servers and instances, by name; the array of before where they are the same ones. */
export function listSites(
  servers: Iterable<Placed>,
  instances: Iterable<Placed>,
  before: readonly string[] = [],
): readonly string[] {
  const found = new Set<string>();
  for (const { site } of servers) found.add(site);
  for (const { site } of instances) found.add(site);
  if (found.size === before.length && before.every((site) => found.has(site))) return before;
  return [...found].toSorted();
}

/** A name in a sentence: `cp-2 in fra` where the fleet has several sites, else the name alone. */
export function nameInSite(name: string, site: string, spansSites: boolean): string {
  return spansSites ? `${name} in ${site}` : name;
}

/** A server in a sentence about the fleet. */
export function serverName(server: Placed & { readonly server: string }, spansSites: boolean): string {
  return nameInSite(server.server, server.site, spansSites);
}
